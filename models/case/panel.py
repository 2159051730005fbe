"""Panels: who sits, how many must approve, who may veto, who has the casting vote."""

from collections import Counter
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from models.base import Message, OrganisationId, Role


class Choice(StrEnum):
    """What a member of a panel says. Who recuses themselves leaves the count, seat and all."""

    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    ABSTAIN = "abstain"
    RECUSE = "recuse"


class Outcome(StrEnum):
    """What a panel decided, or what became of its gate without it."""

    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"
    """What it was about is no longer on the table."""


class Share(StrEnum):
    """A quorum that follows the number of members who do not recuse themselves."""

    MAJORITY = "majority"
    TWO_THIRDS = "two_thirds"
    ALL = "all"

    def of(self, sitting: int) -> int:
        """How many approvals this share of ``sitting`` members is: never less than one."""
        match self:
            case Share.MAJORITY:
                return sitting // 2 + 1
            case Share.TWO_THIRDS:
                return max(1, -(-2 * sitting // 3))
            case Share.ALL:
                return max(1, sitting)


class Body(Message):
    """Seats, each for one role, and how many must approve: a number that stays, or a share of those who sit.

    A rejection from a seat in ``veto`` ends it. When approvals and rejections balance, the ``chair`` decides.
    """

    name: Role = "panel"
    seats: tuple[Role, ...] = Field(min_length=1, max_length=30)
    quorum: Annotated[int, Field(ge=1)] | Share
    organisation: OrganisationId | None = None
    """Only members of this organisation may take a seat; None leaves it open."""
    veto: tuple[Role, ...] = ()
    chair: Role | None = None
    extra: int = 0
    """Seats that a deadline has added; no share counts them."""

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if isinstance(self.quorum, int) and self.quorum > len(self.seats):
            raise ValueError(
                f"quorum {self.quorum} is more than the {len(self.seats)} seats; lower it, or add seats"
            )
        if nobody := [role for role in self.veto if role not in self.seats]:
            raise ValueError(f"veto by {nobody[0]!r}, which has no seat; name one of the seats")
        if self.chair and self.seats.count(self.chair) != 1:
            raise ValueError(
                f"the chair {self.chair!r} must have exactly one seat; name a role that is once in seats"
            )
        return self

    def needed(self, sitting: int) -> int:
        """How many approvals it takes when ``sitting`` members have not recused themselves."""
        return self.quorum.of(sitting - self.extra) if isinstance(self.quorum, Share) else self.quorum

    def widened(self, role: str) -> Self:
        """The body with one more seat; as many must approve as before."""
        return self.model_copy(update={"seats": (*self.seats, role), "extra": self.extra + 1})


class Panel(Message):
    """One body or several: side by side, and all must approve; or in a ``chain``, one after the other."""

    bodies: tuple[Body, ...] = Field(max_length=40)
    chain: bool = False

    @model_validator(mode="before")
    @classmethod
    def _one_body_for_short(cls, given: Any) -> Any:
        """A panel of one body may be written as that body."""
        if not isinstance(given, dict) or "bodies" in given:
            return given
        return {"bodies": [given]}

    @model_validator(mode="after")
    def _has_bodies_of_different_names(self) -> Self:
        if not self.bodies:
            raise ValueError("a panel has at least one body")
        names = Counter(body.name for body in self.bodies)
        if twice := [name for name, count in names.items() if count > 1]:
            raise ValueError(f"two bodies have the name {twice[0]!r}; give each a name of its own")
        return self

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that have a seat, each once."""
        return tuple(dict.fromkeys(role for body in self.bodies for role in body.seats))

    def widened(self, role: str) -> Self:
        """The panel with one more seat in every body, for the role that a deadline calls in."""
        return self.model_copy(update={"bodies": tuple(body.widened(role) for body in self.bodies)})
