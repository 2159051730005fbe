"""Segregation of duties: what one person may not do both of in one case. Pure rules, versioned as data."""

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from models.base import Message, as_pair


class Act(StrEnum):
    """What somebody does in a case, as far as duties are concerned."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVE = "approve"
    AWARD = "award"
    DELIVER = "deliver"
    EVALUATE = "evaluate"
    CLEAR = "clear"
    REQUEST = "request"
    """Asking for a payment."""
    PAY = "pay"
    RECONCILE = "reconcile"
    """Holding a bank's statement against a payment."""
    LAUNCH = "launch"


DECIDING = frozenset({Act.REVIEW, Act.APPROVE, Act.EVALUATE, Act.CLEAR, Act.PAY, Act.LAUNCH})
"""Acts that decide on what somebody else has handed in."""

HANDING_IN = frozenset({Act.DRAFT, Act.DELIVER, Act.REQUEST})
"""Acts that hand in what others decide on."""


class Duty(Message):
    """Two acts that take two people (INTOSAI GUID 5100, NIST SP 800-53 AC-5)."""

    one: Act
    other: Act

    @model_validator(mode="before")
    @classmethod
    def _written_as_a_list(cls, given: object) -> object:
        """A duty may be written ``["review", "approve"]``."""
        return as_pair(given)

    @model_validator(mode="after")
    def _of_two_acts(self) -> Self:
        if self.one is self.other:
            raise ValueError(f"a duty keeps two different acts apart, not {self.one} from itself")
        return self

    def forbids(self, done: Act, act: Act) -> bool:
        """Whether who has ``done`` the one may not ``act`` the other."""
        return {done, act} == {self.one, self.other}

    def __str__(self) -> str:
        return f"{self.one} ≠ {self.other}"


ALWAYS = (
    *(Duty(one=handed_in, other=decided) for handed_in in sorted(HANDING_IN) for decided in sorted(DECIDING)),
    Duty(one=Act.REQUEST, other=Act.RECONCILE),
    Duty(one=Act.PAY, other=Act.RECONCILE),
)
"""Nobody decides on what they handed in, nor says that the bank has paid what they asked for or approved: no
programme, role or delegation can say otherwise."""


def breach(duties: tuple[Duty, ...], done: frozenset[Act], act: Act) -> Duty | None:
    """The first duty that ``act`` would break for who has ``done`` these, or None."""
    return next(
        (duty for duty in (*ALWAYS, *duties) if any(duty.forbids(before, act) for before in sorted(done))),
        None,
    )
