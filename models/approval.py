"""Approval: who must say yes, and what a set of votes amounts to. Pure rules, no clock, no I/O."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from models.base import GateId, Message, PersonId, Prose, Role, Sha256
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

    gate: GateId
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
    """The outcome as soon as no further vote can change it, whatever the order; None while one can.

    Approved when the quorum approves. Rejected when rejections alone put the quorum out of reach.
    Returned when it is out of reach otherwise: somebody asked for a revision.
    """
    verdicts = [vote.decision.verdict for vote in votes]
    approvals, rejections = verdicts.count(Verdict.APPROVE), verdicts.count(Verdict.REJECT)
    spare = len(panel.seats) - panel.quorum
    if approvals >= panel.quorum:
        return Outcome.APPROVED
    if rejections > spare:
        return Outcome.REJECTED
    open_seats = len(panel.seats) - len(votes)
    against = rejections + verdicts.count(Verdict.RETURN)
    return Outcome.RETURNED if against > spare >= rejections + open_seats else None


def judge(gate: Gate, decision: Decision) -> Vote | Rule:
    """The vote that ``decision`` becomes, or the rule it breaks."""
    if gate.outcome is not None:
        return Rule.STAGE_OVER
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
