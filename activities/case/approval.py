"""Panels, put together from the record: those in session, and those that have decided."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, String, bindparam, or_, select
from temporalio import activity

from activities.case import gate as gates
from activities.case import rights
from activities.partnership import partnership, programme
from activities.people import person
from models.case.approval import Decision, Gate, Vote
from models.case.conflict_of_interest import Challenge
from models.case.deadline import day_in
from models.case.panel import Outcome, Choice
from models.case.record import Decided, Found, Opening
from models.case.rights import Asked, Rights
from models.partnership.partnership import GateRef
from models.partnership.programme import Programme
from models.tables.record import record


class Panels:
    """Answers what was put to a panel and who said what. It changes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @activity.defn(name="decided")
    def decided(self, challenge: Challenge) -> Found:
        """The gate of a challenge, as the record has it."""
        with self._engine.connect().execution_options(readonly=True) as connection:
            return Found(decided=decided(connection, challenge.gate))


class Sitting(NamedTuple):
    """An open gate with the votes so far, and what one decision brings to it."""

    gate: Gate
    rights: Rights
    votes: dict[str, int]
    """Who has spoken, and the number of the vote on record."""


def sitting(connection: Connection, decision: Decision, attested: bool) -> Sitting | None:
    """What ``decision`` would meet now; None where the record does not tell, and only the case knows."""
    found = decided(connection, decision.gate)
    case = partnership.find(connection, GateRef.parse(decision.gate).case)
    if not (found and case):
        return None
    (kept,) = programme.by_hash(connection, case["rules"])
    rows = (row for row in _entries(connection, decision.gate) if row.action.startswith("vote "))
    spoken = {who: row.seq for row in rows for who in _vote(connection, row).who}
    brought = rights.read(connection, _asked(case, kept.terms, decision), attested)
    return Sitting(found.gate, brought, spoken)


def decided(connection: Connection, gate_id: str) -> Decided | None:
    """A panel with its votes, open or closed; None where the record has none by this name."""
    ref = GateRef.parse(gate_id)
    case, on_list = partnership.find(connection, ref.case), gates.find_gate(connection, gate_id)
    kept = programme.by_hash(connection, case["rules"]) if case else []
    entries = _entries(connection, gate_id)
    opening = _opening(entries)
    terms = kept[0].terms.panels().get(ref.panel) if kept else None
    if not (case and terms and on_list and opening and opening.panel and opening.act):
        return None
    gate = Gate(
        id=opening.id,
        panel=opening.panel,
        content_hash=opening.content_hash,
        act=opening.act,
        duties=kept[0].terms.duties,
        amount=opening.amount,
        declared=terms.declared,
        attested=terms.attested,
        acting=kept[0].terms.report is not None,
        overriders=kept[0].terms.overriders,
    )
    for row in entries:
        gate = _followed(connection, gate, row)
    superseded = gates.find_gate(connection, ref.again()) is not None
    return Decided(opening=opening, gate=gate, outcome=on_list["outcome"], superseded=superseded)


def _followed(connection: Connection, gate: Gate, row: Row[Any]) -> Gate:
    """The gate after what an entry says of it."""
    if row.action.startswith("vote "):
        return gate.with_vote(_vote(connection, row))
    if row.action == "struck":
        return gate.without(_facts(row)["who"])
    if row.action.startswith("overridden: "):
        outcome = Outcome(row.action.removeprefix("overridden: "))
        return gate.model_copy(update={"overridden": outcome})
    if row.action == "escalated":
        for role in _facts(row)["to"]:
            gate = gate.model_copy(update={"panel": gate.panel.widened(role)})
    return gate


def _asked(case: dict[str, Any], terms: Programme, decision: Decision) -> Asked:
    return Asked(
        case=case["case"],
        actor=decision.actor,
        on_behalf_of=decision.on_behalf_of,
        day=day_in(terms.zone, datetime.now(UTC)),
        beneficiary=case["applicant"],
        cooling_off_days=terms.cooling_off_days,
        message=decision.digest(),
    )


def _entries(connection: Connection, gate: str) -> list[Row[Any]]:
    """What is on record of a gate: that it was opened, and everything that changed who decides it how."""
    names = {"of": GateRef.parse(gate).case, "opened": f"{gate}:opened"}
    rows = connection.execute(_TOLD, names)
    return [row for row in rows if row.key.startswith(f"{gate}:")]


_CHANGES = or_(
    record.c.action.startswith("vote "),
    record.c.action.startswith("overridden: "),
    record.c.action.in_(("escalated", "struck")),
    record.c.key == bindparam("opened", type_=String),
)
_TOLD = (
    select(record)
    .where(record.c.case == bindparam("of"), record.c.rule.is_(None), _CHANGES)
    .order_by(record.c.seq)
)


def _opening(entries: list[Row[Any]]) -> Opening | None:
    found = (json.loads(row.payload)["opens"] for row in entries if row.key.endswith(":opened"))
    opening = next(found, None)
    return Opening.model_validate(opening) if opening else None


def _vote(connection: Connection, row: Row[Any]) -> Vote:
    """A vote as its gate counts it."""
    facts = _facts(row)
    decision = Decision(
        gate=row.key.partition(":vote:")[0],
        verdict=Choice(row.action.removeprefix("vote ")),
        actor=row.actor,
        on_behalf_of=row.on_behalf_of,
        content_hash=row.content_hash,
        comment=row.reason,
        points=facts.get("points", ()),
    )
    known = [(name, person.find(connection, name)) for name in (row.actor, row.on_behalf_of) if name]
    who = tuple(dict.fromkeys(found.who if found else name for name, found in known))
    return Vote(body=facts["body"], role=row.role, decision=decision, who=who)


def _facts(row: Row[Any]) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(row.payload)["facts"]
    return facts
