"""Panels in session, put together from the record: what a vote would meet, asked before it is sent."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, String, bindparam, or_, select

from activities import partnership, person, programme, rights
from models.approval import Decision, Gate, Vote
from models.deadline import day_in
from models.panel import Verdict
from models.partnership import GateRef
from models.programme import GateTerms, Programme
from models.record import Opening
from models.rights import Asked, Rights
from models.study import Deliverable
from models.tables.record import record


class Sitting(NamedTuple):
    """An open gate with the votes so far, and what one decision brings to it."""

    gate: Gate
    rights: Rights
    votes: dict[str, int]
    """Who has spoken, and the number of the vote on record."""


def sitting(connection: Connection, decision: Decision, attested: bool) -> Sitting | None:
    """What ``decision`` would meet now; None where the record does not tell, and only the case knows."""
    ref = GateRef.parse(decision.gate)
    case = partnership.find(connection, ref.case)
    kept = programme.by_hash(connection, case["rules"]) if case else []
    entries = _entries(connection, ref.case, decision.gate)
    opening = _opening(entries)
    terms = _terms(kept[0].terms, ref.name) if kept else None
    if not (case and terms and opening and opening.panel and opening.act):
        return None
    votes = [(row.seq, _vote(connection, row)) for row in entries if row.action.startswith("vote ")]
    gate = Gate(
        id=opening.id,
        panel=opening.panel,
        content_hash=opening.content_hash,
        act=opening.act,
        duties=kept[0].terms.duties,
        amount=case["requested"],
        declared=terms.declared,
        attested=terms.attested,
        votes=tuple(vote for _, vote in votes),
    )
    for role in (role for row in entries if row.action == "escalated" for role in _facts(row)["to"]):
        gate = gate.model_copy(update={"panel": gate.panel.widened(role)})
    spoken = {who: seq for seq, vote in votes for who in vote.who}
    return Sitting(gate, rights.read(connection, _asked(case, kept[0].terms, decision), attested), spoken)


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


def _terms(programme: Programme, gate: str) -> GateTerms | None:
    """The terms of a gate by its name; None where it is not a panel's."""
    panels = {"review": programme.review, "funding": programme.funding, "launch": programme.launch}
    panels |= {f"study.{part}": programme.study.acceptance for part in Deliverable}
    return (panels | {"agreement.clearance": programme.agreement.clearance}).get(gate)


def _entries(connection: Connection, case: str, gate: str) -> list[Row[Any]]:
    """What is on record of a gate: that it was opened, every vote, every role that was called in."""
    told = or_(record.c.action.startswith("vote "), record.c.action == "escalated", record.c.key == _OPENED)
    wanted = select(record).where(record.c.case == bindparam("of"), record.c.rule.is_(None), told)
    rows = connection.execute(wanted.order_by(record.c.seq), {"of": case, "opened": f"{gate}:opened"})
    return [row for row in rows if row.key.startswith(f"{gate}:")]


_OPENED = bindparam("opened", type_=String)


def _opening(entries: list[Row[Any]]) -> Opening | None:
    found = (json.loads(row.payload)["opens"] for row in entries if row.key.endswith(":opened"))
    opening = next(found, None)
    return Opening.model_validate(opening) if opening else None


def _vote(connection: Connection, row: Row[Any]) -> Vote:
    """A vote as its gate counts it."""
    facts = _facts(row)
    decision = Decision(
        gate=row.key.partition(":vote:")[0],
        verdict=Verdict(row.action.removeprefix("vote ")),
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
