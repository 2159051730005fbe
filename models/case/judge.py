"""Who may vote at a gate, as what, and why not. Pure rules, no clock, no I/O."""

from models.case.approval import Decision, Gate, Vote
from models.case.conflict_of_interest import Conflict
from models.case.panel import Body, Choice
from models.case.rights import Capacity, Rights, may_do
from models.case.rule import Broken, CaseRule
from models.case.seat_assignment import SeatAssignment, taken_by_others
from models.case.tally import speaking


def judge(
    gate: Gate, decision: Decision, rights: Rights, claims: tuple[SeatAssignment, ...] = ()
) -> Vote | Broken:
    """The vote that ``decision`` becomes, or the rule it breaks."""
    if gate.outcome is not None:
        return Broken(CaseRule.STAGE_OVER)
    if decision.content_hash != gate.content_hash:
        return Broken(CaseRule.STALE_CONTENT)
    if broken := _of_the_person(gate, decision, rights):
        return broken
    if decision.verdict is not Choice.APPROVE and not (decision.comment or decision.points):
        return Broken(CaseRule.COMMENT_REQUIRED)
    holder = rights.giver or rights.actor
    seat = seat_of(gate, holder, decision.role, claims)
    if isinstance(seat, Broken):
        return seat
    if rights.delegation and seat[1] not in rights.delegation.roles:
        return Broken(CaseRule.NOT_DELEGATED, f"{rights.delegation.id} does not cover {seat[1]}.")
    return Vote(
        body=seat[0],
        role=seat[1],
        decision=decision,
        who=tuple(dict.fromkeys((rights.actor.who, holder.who))),
        attested=rights.attested,
        delegation=rights.delegation.id if rights.delegation else None,
        acting=rights.delegation is not None and rights.delegation.acting,
    )


def _of_the_person(gate: Gate, decision: Decision, rights: Rights) -> Broken | None:
    """What keeps the actor, or whom they act for, from deciding here at all."""
    if gate.attested and not rights.attested:
        return Broken(CaseRule.NOT_ATTESTED)
    if decision.on_behalf_of and not (rights.giver and rights.delegation):
        return Broken(CaseRule.NOT_DELEGATED, f"({decision.on_behalf_of} to {decision.actor})")
    if gate.attested and rights.delegation and not rights.delegation.attested:
        return Broken(CaseRule.NOT_ATTESTED, f"{rights.delegation.id} was given by somebody who was not.")
    for person in filter(None, (rights.actor, rights.giver)):
        if broken := may_decide(gate, decision.verdict, person):
            return broken
    if rights.delegation and rights.delegation.acting and not gate.acting:
        return Broken(
            CaseRule.NOT_DELEGATED, f"{rights.delegation.id} is for deputies, and none may vote here."
        )
    if rights.delegation and _above(gate.amount, rights.delegation.ceiling):
        return Broken(CaseRule.OVER_DELEGATION, f"({rights.delegation.id})")
    return None


def _above(amount: int | None, ceiling: int | None) -> bool:
    return amount is not None and ceiling is not None and amount > ceiling


def may_decide(gate: Gate, verdict: Choice, person: Capacity) -> Broken | None:
    """What keeps this person from deciding here, whatever their role, or None."""
    if person.person in gate.barred:
        return Broken(CaseRule.OWN_PROPOSAL)
    if any(person.who in vote.who for vote in gate.votes):
        return Broken(CaseRule.SECOND_VOTE)
    if broken := may_do(person, gate.act, gate.duties):
        return broken
    if verdict is Choice.RECUSE:
        return None
    if person.cooling:
        return Broken(CaseRule.COOLING_OFF)
    if person.conflict is Conflict.HARD:
        return Broken(CaseRule.CONFLICTED)
    if gate.declared and person.conflict is None:
        return Broken(CaseRule.DECLARATION_MISSING)
    return None


def may_override(gate: Gate, content_hash: str, rights: Rights) -> Broken | None:
    """What keeps the actor from overriding the panel, or None. Who may not vote may not override either."""
    if broken := _may_replace(gate, content_hash, rights):
        return broken
    if not set(gate.overriders) & set(rights.actor.roles):
        who = ", ".join(gate.overriders) or "nobody"
        return Broken(CaseRule.ROLE_NOT_HELD, f"Overriding takes one of: {who}.")
    return may_decide(gate, Choice.APPROVE, rights.actor)


def may_reduce(gate: Gate, content_hash: str, rights: Rights) -> Broken | None:
    """What keeps the actor from putting a smaller amount before the panel, or None: whoever may vote may."""
    if broken := _may_replace(gate, content_hash, rights):
        return broken
    if broken := may_decide(gate, Choice.APPROVE, rights.actor):
        return broken
    return None if set(gate.panel.roles) & set(rights.actor.roles) else Broken(CaseRule.ROLE_NOT_HELD)


def _may_replace(gate: Gate, content_hash: str, rights: Rights) -> Broken | None:
    """What keeps anybody from putting something else in the place of what the panel decides, or None."""
    if gate.outcome is not None:
        return Broken(CaseRule.STAGE_OVER)
    if content_hash != gate.content_hash:
        return Broken(CaseRule.STALE_CONTENT)
    return Broken(CaseRule.NOT_ATTESTED) if gate.attested and not rights.attested else None


def seat_of(
    gate: Gate, holder: Capacity, wanted: str | None, claims: tuple[SeatAssignment, ...]
) -> tuple[str, str] | Broken:
    """The first free seat that ``holder`` may take, in the order of the panel: its body and its role.

    ``wanted`` names a role where they hold several. What others have claimed is not free.
    """
    if wanted is not None and wanted not in gate.panel.roles:
        return Broken(CaseRule.UNKNOWN_ROLE)
    held = [
        (body, role)
        for body in gate.panel.bodies
        for role in body.seats
        if role in holder.roles and wanted in (None, role)
    ]
    if not held:
        return Broken(CaseRule.ROLE_NOT_HELD)
    mine = [(body, role) for body, role in held if body.organisation in (None, holder.organisation)]
    if not mine:
        return Broken(CaseRule.NOT_A_MEMBER)
    turn = {body.name for body in speaking(gate.panel, gate.ballots)}
    open_ = {(body.name, role): _free(gate, body, role) for body, role in mine}
    if not any(open_.values()):
        return Broken(CaseRule.SEAT_TAKEN)
    free = [seat for seat, left in open_.items() if left > taken_by_others(claims, holder.who, *seat)]
    if not free:
        return Broken(CaseRule.CLAIMED)
    return next((seat for seat in free if seat[0] in turn), Broken(CaseRule.NOT_YET))


def _free(gate: Gate, body: Body, role: str) -> int:
    """How many seats for this role nobody has voted on."""
    taken = [ballot for ballot in gate.ballots if (ballot.body, ballot.role) == (body.name, role)]
    return body.seats.count(role) - len(taken)
