"""Claims: who has taken on a seat or a piece of work, so that nobody else does it meanwhile. Pure rules."""

from typing import Self

from pydantic import model_validator

from models.base import GateId, Message, PersonId, Prose, Role
from models.case.rule import Broken, CaseRule


class SeatAssignment(Message):
    """Somebody has taken on a seat of a panel; without ``body``, the piece of work that a gate waits for."""

    person: PersonId
    who: str
    """Who it is, whatever the account."""
    body: Role | None = None
    role: Role | None = None


class Reassignment(Message):
    """Passes a claim on: from nobody (a claim), to nobody (a release), or from one person to another.

    Everybody disposes of their own; for anybody else's it takes a coordinator, and a reason.
    """

    gate: GateId
    actor: PersonId
    old: PersonId | None = None
    new: PersonId | None = None
    role: Role | None = None
    """The seat to claim, where somebody could take several."""
    reason: Prose = ""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.old == self.new:
            raise ValueError("a claim passes from one person to another, or from or to nobody")
        if not self.own and not self.reason:
            raise ValueError("a reason is needed where it is about somebody else's work")
        return self

    @property
    def own(self) -> bool:
        """Whether it is about nobody but the actor."""
        return {self.old, self.new} <= {self.actor, None}

    @property
    def action(self) -> str:
        """What it does, as it stands on record."""
        return "claimed" if self.old is None else "released" if self.new is None else "reassigned"


class SeatAssignments(Message):
    """All that is claimed at a gate."""

    gate: GateId
    claims: tuple[SeatAssignment, ...] = ()


def without(claims: tuple[SeatAssignment, ...], person: str | None) -> tuple[SeatAssignment, ...]:
    """The claims of everybody but this account."""
    return tuple(claim for claim in claims if claim.person != person)


def taken_by_others(
    claims: tuple[SeatAssignment, ...], who: str, body: str | None = None, role: str | None = None
) -> int:
    """How many claims on this seat (or, without one, on the work) are of others than ``who``."""
    return sum((claim.body, claim.role) == (body, role) and claim.who != who for claim in claims)


def passes(claims: tuple[SeatAssignment, ...], wish: Reassignment) -> Broken | None:
    """The rule about claims that ``wish`` breaks, or None."""
    if wish.old and not any(claim.person == wish.old for claim in claims):
        return Broken(CaseRule.NO_CLAIM, f"({wish.old})")
    if wish.new and any(claim.person == wish.new for claim in claims):
        return Broken(CaseRule.CLAIMED, f"({wish.new} has a claim here already)")
    return None
