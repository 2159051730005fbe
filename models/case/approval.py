"""Approval: decisions as they are sent, votes that count, and the panel in session. Pure."""

from typing import Annotated, NamedTuple, Self

from pydantic import Field

from models.base import GateId, Line, Message, PersonId, Prose, Role, Sha256, cleaned
from models.case.duty import Act, Duty
from models.case.panel import Choice, Outcome, Panel
from models.case.tally import Ballot, Count, count, tally

MOST_SAID = 20_000
"""Bytes of what a panel said together. Every vote has all of it on record."""


class Decision(Message):
    """A vote as it is sent. ``content_hash`` says exactly what was read before deciding."""

    gate: GateId
    verdict: Choice
    actor: PersonId
    content_hash: Sha256
    comment: Prose = ""
    points: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    """What must change, point by point, when the verdict is RETURN."""
    role: Role | None = None
    on_behalf_of: PersonId | None = None
    """Who the vote is for, where a delegation lets the actor cast it."""


class Vote(Message):
    """A decision that counts, on the seat of ``role`` in ``body``."""

    body: Role
    role: Role
    decision: Decision
    who: tuple[str, ...]
    """Everybody who has thereby spoken: the subject that acted, and the one it acted for."""
    attested: bool = False
    delegation: str | None = None
    acting: bool = False
    """Whether a deputy cast it in the absence of whose vote it is."""

    @property
    def ballot(self) -> Ballot:
        """What is counted."""
        return Ballot(body=self.body, role=self.role, verdict=self.decision.verdict)

    def struck(self) -> Self:
        """The vote as it counts once a conflict was found: as a recusal."""
        recused = self.decision.model_copy(update={"verdict": Choice.RECUSE})
        return self.model_copy(update={"decision": recused})


class Gate(Message):
    """A panel in session over one content."""

    id: str
    panel: Panel
    content_hash: Sha256
    act: Act
    duties: tuple[Duty, ...] = ()
    amount: int | None = None
    """What it is about, in minor units of the programme's currency; None: no money."""
    declared: bool = False
    """Whether a declaration of interest must be on record before a vote."""
    attested: bool = False
    """Whether only votes of authenticated principals count."""
    acting: bool = False
    """Whether deputies may vote in the absence of a member."""
    barred: tuple[PersonId, ...] = ()
    """Accounts that handed in the content."""
    votes: tuple[Vote, ...] = ()
    overriders: tuple[Role, ...] = ()
    """Roles that may override, two people together; none: nobody may."""
    overridden: Outcome | None = None

    @property
    def ballots(self) -> tuple[Ballot, ...]:
        """The votes, as they are counted."""
        return tuple(vote.ballot for vote in self.votes)

    @property
    def outcome(self) -> Outcome | None:
        """What the votes amount to so far."""
        return self.overridden or tally(self.panel, self.ballots)

    @property
    def counts(self) -> tuple[Count, ...]:
        """The figures of every body, recusals shown apart."""
        return tuple(count(body, self.ballots) for body in self.panel.bodies)

    def with_vote(self, vote: Vote) -> Self:
        """The gate after ``vote``."""
        return self.model_copy(update={"votes": (*self.votes, vote)})

    def without(self, who: str) -> Self:
        """The gate after the vote that ``who`` cast, or somebody for them, was struck out."""
        votes = (vote.struck() if who in vote.who else vote for vote in self.votes)
        return self.model_copy(update={"votes": tuple(votes)})

    def counts_vote_of(self, who: str) -> bool:
        """Whether there is a vote to strike out."""
        return any(who in vote.who and vote.decision.verdict is not Choice.RECUSE for vote in self.votes)


class Verdict(NamedTuple):
    """What a panel came to: the outcome, the votes behind it and what was said with them."""

    outcome: Outcome
    votes: tuple[Vote, ...] = ()
    counts: tuple[Count, ...] = ()

    @property
    def voters(self) -> tuple[str, ...]:
        """Who voted, each once."""
        return tuple(dict.fromkeys(vote.decision.actor for vote in self.votes))

    @property
    def comments(self) -> str:
        """All that was said, in the order of the votes, as far as it fits: it goes into letters."""
        said = ((vote.decision.comment, *vote.decision.points) for vote in self.votes)
        return cleaned("; ".join(text for texts in said for text in texts if text), MOST_SAID)
