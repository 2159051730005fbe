"""Approval: who must say yes, and what a set of votes amounts to. Pure rules, no clock, no I/O."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from models.base import Message, PersonId, Prose, Role, Sha256
from models.person import Roster
from models.rule import Rule


class Verdict(StrEnum):
    """What a member of a panel says."""

    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"


class Outcome(StrEnum):
    """What a panel decided, or what became of its gate without it."""

    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    LAPSED = "lapsed"


class Panel(Message):
    """Seats, each for one role, and how many of them must approve. A role may have several seats."""

    seats: tuple[Role, ...] = Field(min_length=1, max_length=50)
    quorum: int = Field(ge=1)

    @model_validator(mode="after")
    def _quorum_can_be_reached(self) -> Self:
        if self.quorum > len(self.seats):
            raise ValueError(f"quorum {self.quorum} is more than the {len(self.seats)} seats")
        return self

    def widened(self, role: str) -> Self:
        """The panel with one more seat, for the role a deadline calls in; the quorum stays."""
        return self.model_copy(update={"seats": (*self.seats, role)})


class Decision(Message):
    """A vote as it is sent. ``content_hash`` says exactly what was read before deciding."""

    gate: str = Field(max_length=120)
    verdict: Verdict
    actor: PersonId
    content_hash: Sha256
    comment: Prose = ""
    role: Role | None = None


class Vote(Message):
    """A decision that counts, on the seat of ``role``."""

    role: Role
    decision: Decision


class Gate(Message):
    """A panel in session over one content. ``barred`` may not vote: they handed it in."""

    id: str
    panel: Panel
    content_hash: Sha256
    barred: tuple[PersonId, ...]
    roster: Roster
    votes: tuple[Vote, ...] = ()

    @property
    def outcome(self) -> Outcome | None:
        """What the votes amount to so far."""
        return tally(self.panel, self.votes)

    def with_vote(self, vote: Vote) -> Self:
        """The gate after ``vote``."""
        return self.model_copy(update={"votes": (*self.votes, vote)})


def tally(panel: Panel, votes: tuple[Vote, ...]) -> Outcome | None:
    """The outcome, or None while it is open; it does not depend on the order of the votes.

    Approved as soon as the quorum approves. Once the quorum is out of reach the content goes back
    for revision if anybody asked for that, else it is rejected: nobody waits for votes that
    cannot change the result.
    """
    verdicts = [vote.decision.verdict for vote in votes]
    if verdicts.count(Verdict.APPROVE) >= panel.quorum:
        return Outcome.APPROVED
    open_seats = len(panel.seats) - len(votes)
    if verdicts.count(Verdict.APPROVE) + open_seats >= panel.quorum:
        return None
    return Outcome.RETURNED if Verdict.RETURN in verdicts else Outcome.REJECTED


def judge(gate: Gate, decision: Decision) -> Vote | Rule:
    """The vote that ``decision`` becomes, or the rule it breaks."""
    if decision.content_hash != gate.content_hash:
        return Rule.STALE_CONTENT
    if decision.actor in gate.barred:
        return Rule.OWN_PROPOSAL
    if any(vote.decision.actor == decision.actor for vote in gate.votes):
        return Rule.SECOND_VOTE
    if decision.verdict is not Verdict.APPROVE and not decision.comment:
        return Rule.COMMENT_REQUIRED
    seat = _seat(gate, decision)
    return seat if isinstance(seat, Rule) else Vote(role=seat, decision=decision)


def _seat(gate: Gate, decision: Decision) -> str | Rule:
    """The first free seat that the person may take, in the order of the panel."""
    if decision.role is not None and decision.role not in gate.panel.seats:
        return Rule.UNKNOWN_ROLE
    held = gate.roster.get(decision.actor, ())
    allowed = [s for s in gate.panel.seats if s in held and decision.role in (None, s)]
    if not allowed:
        return Rule.ROLE_NOT_HELD
    taken = [vote.role for vote in gate.votes]
    free = (s for s in allowed if taken.count(s) < gate.panel.seats.count(s))
    return next(free, Rule.SEAT_TAKEN)
