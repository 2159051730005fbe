"""People, organisations, the roles they hold and for how long, and what that lets them do."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from models.base import Day, Line, Message, OrganisationId, PersonId, Prose, Role, Sha256
from models.duty import Act

ENGINE = "accord"
"""The actor of what happens by itself: a deadline that passes, a stage that opens."""


_ADDRESS = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}([.][A-Za-z0-9-]{1,63})*$"


class Sector(StrEnum):
    """Whether an organisation belongs to a state."""

    PUBLIC = "public"
    PRIVATE = "private"


class Organisation(Message):
    """A body that people act for."""

    id: OrganisationId
    name: Line
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    sector: Sector


class Term(Message):
    """A stretch of days, both ends included; an end that is left out is open."""

    since: Day | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"until ({self.until}) is before since ({self.since})")
        return self

    def covers(self, day: date) -> bool:
        """Whether ``day`` lies in it."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Holding(Term):
    """A role, held for a time."""

    role: Role

    @model_validator(mode="before")
    @classmethod
    def _role_alone(cls, given: Any) -> Any:
        """A role that is held without an end may be written as its name."""
        return {"role": given} if isinstance(given, str) else given


class Post(Term):
    """An organisation somebody worked for before: for a while they are barred from its cases."""

    organisation: OrganisationId


class Person(Message):
    """Somebody who may act, as the directory knows them."""

    id: PersonId
    name: Line
    organisation: OrganisationId
    email: Annotated[str, Field(pattern=_ADDRESS, max_length=254)]
    roles: tuple[Holding, ...] = ()
    subject: Line | None = None
    """Who it is, whatever the account: the identity provider's subject. Two accounts of one subject are
    one person for every duty. None: the account is all there is."""
    former: tuple[Post, ...] = ()

    @property
    def who(self) -> str:
        """What duties are counted by."""
        return self.subject or self.id

    def roles_on(self, day: date) -> tuple[str, ...]:
        """The roles held on ``day``, each once, in alphabetical order."""
        return tuple(sorted({holding.role for holding in self.roles if holding.covers(day)}))


class Conflict(StrEnum):
    """What somebody declares before they look at a case. ``soft`` is disclosed, ``hard`` recuses."""

    NONE = "none"
    SOFT = "soft"
    HARD = "hard"


class Declaration(Message):
    """What somebody says about their interest in a case, before they look at it."""

    case: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$")]
    actor: PersonId
    conflict: Conflict
    note: Prose = ""

    @model_validator(mode="after")
    def _interest_is_explained(self) -> Self:
        if self.conflict is not Conflict.NONE and not self.note:
            raise ValueError(f"a {self.conflict} conflict needs a note that says what it is")
        return self


class Capacity(Message):
    """What the directory and the record say of one person, at the moment a message arrives."""

    person: PersonId
    who: str
    organisation: str
    roles: tuple[Role, ...]
    done: frozenset[Act] = frozenset()
    """What the same subject did in this case before, under any account, in person or through a delegate."""
    conflict: Conflict | None = None
    """What they declared for this case; None: nothing yet."""
    cooling: bool = False
    """Whether they left the case's beneficiary too short a time ago."""


class Delegation(Term):
    """Somebody lets somebody else act for them: for some roles, up to an amount, by an instrument."""

    id: str
    giver: PersonId
    taker: PersonId
    roles: tuple[Role, ...] = Field(min_length=1)
    ceiling: int | None = Field(default=None, ge=0)
    """The largest amount in minor units of the programme's currency; None: no limit."""
    instrument: Line
    """The written act behind it, e.g. the number of an order."""

    @model_validator(mode="after")
    def _to_somebody_else(self) -> Self:
        if self.giver == self.taker:
            raise ValueError("nobody delegates to themselves")
        return self


class Asked(Message):
    """The question that is put at the moment a message arrives: what may its actor bring to it?"""

    case: str
    actor: PersonId
    on_behalf_of: PersonId | None = None
    day: date
    """The day in the zone of the programme: roles and delegations are held by the day."""
    beneficiary: str
    """The applicant, by name: their members, and for a while their former ones, are not independent."""
    cooling_off_days: int
    message: Sha256
    token: str = ""
    """What the sender's principal has signed, as it came in the header; empty: nothing came."""


class Rights(Message):
    """What an actor may bring to a message: their own capacity, and that of whom they act for."""

    actor: Capacity
    giver: Capacity | None = None
    delegation: Delegation | None = None
    attested: bool = False
    """Whether an authenticated principal stands behind the actor; otherwise the name is self-declared."""


Roster = dict[str, tuple[str, ...]]
"""Who holds which of the roles that matter at a gate: person id → roles."""


def holds_any(roster: Roster, person: str, roles: tuple[str, ...]) -> bool:
    """Whether ``person`` holds at least one of ``roles``."""
    return any(role in roles for role in roster.get(person, ()))
