"""Panels, put together from the record: those in session, and those that have decided."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select

from activities.case import cases, registry, rights
from activities.case.accepted import accepted
from activities.case.gate import find_gate
from models.case.action import CaseAction
from models.case.approval import Decision, Gate
from models.case.deadline import day_in
from models.case.effects import Opens
from models.case.envelope import Belief
from models.case.gate import Decided, GateRef, Opening, in_session, recorded_vote
from models.case.override import Override
from models.case.record import Entry, Receipt
from models.case.rights import Asked, Rights
from models.case.rules import Rules
from models.tables.record import record


class Sitting(NamedTuple):
    """An open panel with the votes so far, and what one decision brings to it."""

    gate: Gate
    rights: Rights
    votes: dict[str, int]
    """Who has spoken, and the number of the vote on record."""


def sitting(connection: Connection, decision: Decision, belief: Belief) -> Sitting | None:
    """What ``decision`` would meet now; None where the record does not tell, and only the case knows."""
    found = decided(connection, decision.gate)
    case = cases.find(connection, GateRef.parse(decision.gate).case)
    if not (found and case):
        return None
    rules = registry.rules(connection, case["rules"])
    if rules is None:
        return None
    votes = [one for one in _entries(connection, decision.gate) if _name(one) == "decide"]
    spoken = {
        who: row.seq
        for row in votes
        for who in recorded_vote(_message(row, Decision), accepted(connection, row)).who
    }
    brought = rights.read(connection, _asked(case, rules, decision), belief)
    return Sitting(found.panel, brought, spoken)


def decided(connection: Connection, gate_id: str) -> Decided | None:
    """A panel with its votes, open or closed; None where the record has none by this name."""
    ref = GateRef.parse(gate_id)
    case, on_list = cases.find(connection, ref.case), find_gate(connection, gate_id)
    rules = registry.rules(connection, case["rules"]) if case else None
    entries = _entries(connection, gate_id)
    opening = _opening(entries)
    if not (rules and on_list and opening and opening.panel and opening.act):
        return None
    panel = in_session(opening, rules)
    for row in entries:
        panel = _followed(connection, panel, row)
    superseded = find_gate(connection, ref.again()) is not None
    return Decided(opening=opening, panel=panel, outcome=on_list["outcome"], superseded=superseded)


def _followed(connection: Connection, panel: Gate, row: Row[Any]) -> Gate:
    """The panel after what an entry says of it."""
    if row.action == CaseAction.ESCALATED:
        for role in _facts(row)["to"]:
            panel = panel.model_copy(update={"panel": panel.panel.widened(role)})
    elif row.action == CaseAction.STRUCK:
        return panel.without(_facts(row)["who"])
    elif _name(row) == "decide":
        return panel.with_vote(recorded_vote(_message(row, Decision), accepted(connection, row)))
    elif _name(row) == "override" and "asked_by" in _facts(row):
        return panel.model_copy(update={"overridden": _message(row, Override).outcome})
    return panel


def _asked(case: cases.CaseRow, rules: Rules, decision: Decision) -> Asked:
    return Asked(
        case=case["number"],
        actor=decision.actor,
        on_behalf_of=decision.on_behalf_of,
        day=day_in(rules.zone, datetime.now(UTC)),
        parties=tuple(json.loads(case["parties"])),
        cooling_off_days=rules.cooling_off_days,
        message=decision.digest(),
    )


def _entries(connection: Connection, gate_id: str) -> list[Row[Any]]:
    """What is on record of a gate: their keys begin with its id."""
    between = {"of": GateRef.parse(gate_id).case, "first": f"{gate_id}:", "last": f"{gate_id};"}
    return list(connection.execute(_OF_GATE, between))


_OF_GATE = (
    select(record)
    .where(
        record.c.case == bindparam("of"),
        record.c.key >= bindparam("first"),
        record.c.key < bindparam("last"),
        record.c.rule.is_(None),
    )
    .order_by(record.c.seq)
)


def _opening(entries: list[Row[Any]]) -> Opening | None:
    """The gate as the record has opened it: with what it added to the content."""
    found = next((row for row in entries if row.key.endswith(":opened")), None)
    opens = Entry.model_validate_json(found.payload).effect(Opens) if found else None
    opened = Receipt.model_validate_json(found.answer).opened if found else None
    return opens.opening.on_record(opened) if opens and opened else None


def _name(row: Row[Any]) -> str | None:
    """The name of the message behind an entry; None: there is none."""
    if row.seal is None:
        return None
    return str(json.loads(row.payload)["sent"]["name"])


def _message(row: Row[Any], model: type[Any]) -> Any:
    return model.model_validate(json.loads(row.payload)["sent"]["message"])


def _facts(row: Row[Any]) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(row.payload)["facts"]
    return facts
