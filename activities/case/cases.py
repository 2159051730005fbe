"""The table of cases: begun, moved and closed in step with the record."""

import json
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Connection, bindparam, insert, select, update

from activities.case.projection import Projection, Writing
from models.case.effects import Begins, Stands
from models.tables.case import case
from models.tables.record import gate


class CaseRow(TypedDict):
    """A case as it stands."""

    id: str
    number: str
    kind: str
    parent: str | None
    workflow_id: str
    title: str
    country: str | None
    countries: str
    parties: str
    programme: str
    version: int
    rules: str
    amount: int | None
    currency: str | None
    stage: str
    status: str
    outcome: str | None
    reason: str | None
    decisions: int
    started_at: datetime
    updated_at: datetime
    closed_at: datetime | None


def hosts(row: CaseRow) -> tuple[str, ...]:
    """The countries that a case is for: all of its countries but the founding one."""
    _, *others = json.loads(row["countries"]) or [None]
    return tuple(others)


def find(connection: Connection, case_id: str) -> CaseRow | None:
    """One case as it stands, or None."""
    row = connection.execute(_CASE, {"of": case_id}).mappings().first()
    return CaseRow(**row) if row else None  # type: ignore[typeddict-item]


_CASE = select(case).where(case.c.id == bindparam("of"))


def lineage(connection: Connection, case_id: str) -> list[CaseRow]:
    """A case, and every case that it is a part of, up to the one at the top."""
    found: list[CaseRow] = []
    at: str | None = case_id
    while at and (row := find(connection, at)):
        found.append(row)
        at = row["parent"]
    return found


def parts(connection: Connection, number: str) -> list[CaseRow]:
    """A case with all its parts, in the order in which they began."""
    wanted = select(case).where(case.c.number == number).order_by(case.c.started_at, case.c.id)
    return [CaseRow(**row) for row in connection.execute(wanted).mappings()]  # type: ignore[typeddict-item]


def count_decision(connection: Connection, number: str) -> None:
    """Somebody decided something in this case."""
    connection.execute(_DECIDED, {"of": number})


_DECIDED = update(case).where(case.c.id == bindparam("of")).values(decisions=case.c.decisions + 1)


def _begin(writing: Writing, effect: Begins, _: object) -> None:
    """Put a case on the list; said again, it changes title, parties and amount."""
    begun, at = effect.case, writing.entry.at
    row = {
        "title": begun.title,
        "parties": json.dumps(begun.parties, ensure_ascii=False),
        "amount": begun.amount.minor if begun.amount else None,
        "currency": begun.amount.currency if begun.amount else None,
        "updated_at": at,
    }
    if writing.connection.execute(_CHANGED, row | {"of": begun.id}).rowcount:
        return
    new = row | {
        "id": begun.id,
        "number": begun.number,
        "kind": begun.kind,
        "parent": begun.parent,
        "workflow_id": writing.source.workflow_id,
        "country": begun.countries[-1] if begun.countries else None,
        "countries": json.dumps(begun.countries),
        "programme": begun.programme,
        "version": begun.version,
        "rules": begun.rules,
        "stage": effect.standing.stage,
        "status": effect.standing.status,
        "decisions": 0,
        "started_at": at,
    }
    writing.connection.execute(insert(case), new)


_CHANGED = (
    update(case)
    .where(case.c.id == bindparam("of"))
    .values({name: bindparam(name) for name in ("title", "parties", "amount", "currency", "updated_at")})
)


def _move(writing: Writing, effect: Stands, _: object) -> None:
    """Let the list show where a case stands; its end closes every gate that its workflow has open."""
    at, ends = writing.entry.at, effect.closes
    row = {"of": writing.source.id or writing.source.case, "to": effect.after.stage, "at": at}
    row |= {"now": effect.after.status, "end": at if ends else None}
    row |= {"what": json.dumps(effect.outcome) if effect.outcome is not None else None}
    row |= {"why": writing.entry.reason if ends else None}
    writing.connection.execute(_MOVED, row)
    if ends:
        shut = {"workflow": writing.source.workflow_id, "at": at, "as": effect.after.status}
        writing.connection.execute(_SHUT_ALL, shut)


_MOVED = (
    update(case)
    .where(case.c.id == bindparam("of"))
    .values(
        stage=bindparam("to"),
        status=bindparam("now"),
        updated_at=bindparam("at"),
        closed_at=bindparam("end"),
        outcome=bindparam("what"),
        reason=bindparam("why"),
    )
)
_SHUT_ALL = (
    update(gate)
    .where(gate.c.workflow_id == bindparam("workflow"), gate.c.closed_at.is_(None))
    .values(closed_at=bindparam("at"), outcome=bindparam("as"))
)

PROJECTIONS = (Projection(Begins, apply=_begin), Projection(Stands, apply=_move))
