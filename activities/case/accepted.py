"""Messages that were accepted, read back from the record: for a workflow that is reset, or begun again."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, select

from activities.people import person
from models.case.accepted import Accepted, Page
from models.case.action import CLOCK, CaseAction
from models.case.gate import Opened
from models.case.recall import Recalled
from models.case.record import Receipt
from models.tables.record import record

MOST = 300
"""So many messages are taken over at most, the newest: what older ones changed has been superseded."""

MOST_BYTES = 300_000
"""So much of them is in one answer. The engine takes two million bytes, and there can be several gates."""

_ASSIGNS = (CaseAction.CLAIMED, CaseAction.RELEASED, CaseAction.REASSIGNED)
_IN_THE_TABLES = ("pause", "resume", "reassign", "extend")
"""What these changed is read from the gate itself."""


class Left(NamedTuple):
    """How a gate was left: its newest instants, how many of them have been reached, since when its clock
    stands still, how often its seats changed hands.
    """

    opened: Opened | None
    rung: int
    stopped_at: datetime | None
    assignments: int


def accepted_at(connection: Connection, number: str, gate_id: str, after: int = 0) -> Page:
    """What was accepted at a gate while it was open, in order; what only changed its clock or its seats is
    left out.
    """
    rows = _at(connection, number, gate_id)
    closed = next((row.seq for row in rows if row.key == f"{gate_id}:closed"), None)
    rows = [row for row in rows if closed is None or row.seq < closed]
    sent = [row for row in rows if row.seal and json.loads(row.payload)["sent"]["name"] not in _IN_THE_TABLES]
    pending = [row for row in rows if row.action in (CaseAction.EXTENSION_ASKED, CaseAction.EXTENDED)][-1:]
    sent += [row for row in pending if row.action == CaseAction.EXTENSION_ASKED]
    return _page(connection, sorted(sent, key=lambda row: row.seq)[-MOST:], after)


def _page(connection: Connection, rows: Sequence[Row[Any]], after: int) -> Page:
    """As many messages as one answer may hold, from the number ``after`` on."""
    size, messages = 0, list[Accepted]()
    for row in rows:
        if row.seq <= after:
            continue
        size += len(row.payload.encode())
        if messages and size > MOST_BYTES:
            return Page(tuple(messages), more=messages[-1].seq)
        messages.append(accepted(connection, row))
    return Page(tuple(messages), more=None)


def opened_first(connection: Connection, gate_id: str) -> Opened | None:
    """The instants that a gate got when it was opened; None: the record has no such gate."""
    answer = connection.scalar(select(record.c.answer).where(record.c.key == f"{gate_id}:opened"))
    return Receipt.model_validate_json(answer).opened if answer else None


def left(connection: Connection, number: str, gate_id: str) -> Left:
    """How a gate was left."""
    rows = _at(connection, number, gate_id)
    changes = [row for row in rows if row.action in CLOCK]
    moved = [row for row in changes if row.action != CaseAction.STOPPED]
    opened = Receipt.model_validate_json(moved[-1].answer).opened if moved else None
    stands_still = changes and changes[-1].action == CaseAction.STOPPED
    return Left(
        opened,
        rung=sum(row.action in (CaseAction.REMINDED, CaseAction.ESCALATED) for row in rows),
        stopped_at=changes[-1].at if stands_still else None,
        assignments=sum(row.action in _ASSIGNS for row in rows),
    )


def accepted_by(
    connection: Connection, number: str, workflow_id: str, names: Iterable[str], after: int = 0
) -> Page:
    """What an earlier run of a workflow accepted of messages about its case as a whole, in order."""
    wanted = set(names)
    rows = connection.execute(_BY, {"of": number, "workflow": workflow_id}) if wanted else ()
    sent = [row for row in rows if json.loads(row.payload)["sent"]["name"] in wanted]
    return _page(connection, sent[-MOST:], after)


def recalled(connection: Connection, keys: Iterable[str]) -> tuple[Recalled, ...]:
    """The entries under these keys."""
    rows = connection.execute(_UNDER, {"keys": list(keys)})
    return tuple(
        Recalled(key=row.key, at=row.at, reason=row.reason, facts=json.loads(row.payload)["facts"])
        for row in rows
    )


_UNDER = select(record.c.key, record.c.at, record.c.reason, record.c.payload).where(
    record.c.key.in_(bindparam("keys", expanding=True)), record.c.rule.is_(None)
)
_SENT = select(record).where(record.c.case == bindparam("of"), record.c.rule.is_(None)).order_by(record.c.seq)
_BY: Select[Any] = _SENT.where(record.c.workflow_id == bindparam("workflow"), record.c.seal.is_not(None))
_AT: Select[Any] = _SENT.where(record.c.key >= bindparam("first"), record.c.key < bindparam("last"))


def _at(connection: Connection, number: str, gate_id: str) -> list[Row[Any]]:
    """All entries of a gate: their keys begin with its id."""
    between = {"of": number, "first": f"{gate_id}:", "last": f"{gate_id};"}
    return list(connection.execute(_AT, between))


def accepted(connection: Connection, row: Row[Any]) -> Accepted:
    """The message behind an entry."""
    payload = json.loads(row.payload)
    return Accepted(
        name=payload["sent"]["name"],
        message=payload["sent"]["message"],
        seal=row.seal,
        seq=row.seq,
        at=row.at,
        who=person.subject_of(connection, row.actor),
        role=row.role,
        attested=bool(payload["attested"]),
        facts=payload["facts"],
    )
