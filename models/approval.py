"""Approval: who may vote at a gate, as what, and why not. Pure rules, no clock, no I/O."""

from typing import Annotated, Self

from pydantic import Field

from models.base import GateId, Line, Message, PersonId, Prose, Role, Sha256
from models.claim import Claim, taken_by_others
from models.duty import Act, Duty
from models.interest import Conflict
from models.override import Override
from models.panel import Body, Outcome, Panel, Verdict
from models.rights import Capacity, Rights, may_do
from models.rule import Broken, Rule
from models.tally import Ballot, Count, count, speaking, tally


class Decision(Message):
    """A vote as it is sent. ``content_hash`` says exactly what was read before deciding."""

    gate: GateId
    verdict: Verdict
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

    @property
    def ballot(self) -> Ballot:
        """What is counted."""
        return Ballot(body=self.body, role=self.role, verdict=self.decision.verdict)

    def struck(self) -> Self:
        """The vote as it counts once a conflict was found: as a recusal."""
        recused = self.decision.model_copy(update={"verdict": Verdict.RECUSE})
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
    barred: tuple[PersonId, ...] = ()
    """Accounts that handed in the content."""
    votes: tuple[Vote, ...] = ()
    overriders: tuple[Role, ...] = ()
    """Roles that may override, two people together; none: nobody may."""
    wish: Override | None = None
    """An override that one person asks for; ``wished_by`` says who, whatever the account."""
    wished_by: str = ""
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
        return any(who in vote.who and vote.decision.verdict is not Verdict.RECUSE for vote in self.votes)


def judge(gate: Gate, decision: Decision, rights: Rights, claims: tuple[Claim, ...] = ()) -> Vote | Broken:
    """The vote that ``decision`` becomes, or the rule it breaks."""
    if gate.outcome is not None:
        return Broken(Rule.STAGE_OVER)
    if decision.content_hash != gate.content_hash:
        return Broken(Rule.STALE_CONTENT)
    if broken := _of_the_person(gate, decision, rights):
        return broken
    if decision.verdict is not Verdict.APPROVE and not (decision.comment or decision.points):
        return Broken(Rule.COMMENT_REQUIRED)
    holder = rights.giver or rights.actor
    seat = seat_of(gate, holder, decision.role, claims)
    if isinstance(seat, Broken):
        return seat
    if rights.delegation and seat[1] not in rights.delegation.roles:
        return Broken(Rule.NOT_DELEGATED, f"{rights.delegation.id} does not cover {seat[1]}.")
    return Vote(
        body=seat[0],
        role=seat[1],
        decision=decision,
        who=tuple(dict.fromkeys((rights.actor.who, holder.who))),
        attested=rights.attested,
        delegation=rights.delegation.id if rights.delegation else None,
    )


def _of_the_person(gate: Gate, decision: Decision, rights: Rights) -> Broken | None:
    """What keeps the actor, or whom they act for, from deciding here at all."""
    if gate.attested and not rights.attested:
        return Broken(Rule.NOT_ATTESTED)
    if decision.on_behalf_of and not (rights.giver and rights.delegation):
        return Broken(Rule.NOT_DELEGATED, f"({decision.on_behalf_of} to {decision.actor})")
    if gate.attested and rights.delegation and not rights.delegation.attested:
        return Broken(Rule.NOT_ATTESTED, f"{rights.delegation.id} was given by somebody who was not.")
    for person in filter(None, (rights.actor, rights.giver)):
        if broken := may_decide(gate, decision.verdict, person):
            return broken
    if rights.delegation and _above(gate.amount, rights.delegation.ceiling):
        return Broken(Rule.OVER_DELEGATION, f"({rights.delegation.id})")
    return None


def _above(amount: int | None, ceiling: int | None) -> bool:
    return amount is not None and ceiling is not None and amount > ceiling


def may_decide(gate: Gate, verdict: Verdict, person: Capacity) -> Broken | None:
    """What keeps this person from deciding here, whatever their role, or None."""
    if person.person in gate.barred:
        return Broken(Rule.OWN_PROPOSAL)
    if any(person.who in vote.who for vote in gate.votes):
        return Broken(Rule.SECOND_VOTE)
    if broken := may_do(person, gate.act, gate.duties):
        return broken
    if verdict is Verdict.RECUSE:
        return None
    if person.cooling:
        return Broken(Rule.COOLING_OFF)
    if person.conflict is Conflict.HARD:
        return Broken(Rule.CONFLICTED)
    if gate.declared and person.conflict is None:
        return Broken(Rule.DECLARATION_MISSING)
    return None


def seat_of(
    gate: Gate, holder: Capacity, wanted: str | None, claims: tuple[Claim, ...]
) -> tuple[str, str] | Broken:
    """The first free seat that ``holder`` may take, in the order of the panel: its body and its role.

    ``wanted`` names a role where they hold several. What others have claimed is not free.
    """
    if wanted is not None and wanted not in gate.panel.roles:
        return Broken(Rule.UNKNOWN_ROLE)
    held = [
        (body, role)
        for body in gate.panel.bodies
        for role in body.seats
        if role in holder.roles and wanted in (None, role)
    ]
    if not held:
        return Broken(Rule.ROLE_NOT_HELD)
    mine = [(body, role) for body, role in held if body.organisation in (None, holder.organisation)]
    if not mine:
        return Broken(Rule.NOT_A_MEMBER)
    turn = {body.name for body in speaking(gate.panel, gate.ballots)}
    open_ = {(body.name, role): _free(gate, body, role) for body, role in mine}
    if not any(open_.values()):
        return Broken(Rule.SEAT_TAKEN)
    free = [seat for seat, left in open_.items() if left > taken_by_others(claims, holder.who, *seat)]
    if not free:
        return Broken(Rule.CLAIMED)
    return next((seat for seat in free if seat[0] in turn), Broken(Rule.NOT_YET))


def _free(gate: Gate, body: Body, role: str) -> bool:
    taken = [ballot for ballot in gate.ballots if (ballot.body, ballot.role) == (body.name, role)]
    return len(taken) < body.seats.count(role)
