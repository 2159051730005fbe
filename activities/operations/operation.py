"""Operations as the record has them: asked for, confirmed, done; and who has to do with a case."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, or_, select

from activities.case.request import ASKED_FOR
from models.case.confirmation import LAPSES_AFTER
from models.case.record import ENGINE
from models.operations.operation import OPERATIONS, Operation, Task, Waiting
from models.tables.case import case as cases
from models.tables.record import record


class Steps(NamedTuple):
    """The keys of what follows after an operation was asked for, so that each happens once."""

    confirmed: str
    ended: str
    """It was carried out, or never will be."""


def steps(case: str, number: int) -> Steps:
    """The keys of the operation that entry ``number`` asks for; ``case`` is the number of the whole case."""
    begin = f"{case}:{OPERATIONS}:{number}"
    return Steps(f"{begin}:confirmed", f"{begin}:ended")


def waiting(connection: Connection, now: datetime) -> list[Waiting]:
    """Operations that were asked for and are not done, the oldest first. After 30 days they have lapsed."""
    rows = connection.execute(_SINCE, {"since": now - LAPSES_AFTER}).all()
    later = {row.key: row for row in rows if not row.action.endswith(ASKED_FOR)}
    asked = (row for row in rows if row.action.endswith(ASKED_FOR))
    known = [(row, steps(row.case, row.seq)) for row in asked]
    return [_waiting(row, later.get(then.confirmed)) for row, then in known if then.ended not in later]


def find(connection: Connection, number: int, now: datetime) -> Waiting | None:
    """The operation that the entry with this number asks for, while it is not done; else None."""
    return next((one for one in waiting(connection, now) if one.number == number), None)


def _waiting(row: Any, confirmed: Any) -> Waiting:
    said = json.loads(confirmed.payload)["facts"] if confirmed else {}
    return Waiting(
        number=row.seq,
        operation=Operation.model_validate(json.loads(row.payload)["facts"]["operation"]),
        asked_by=row.actor,
        at=row.at,
        reason=row.reason,
        confirmed_by=confirmed.actor if confirmed else None,
        task=Task(**said["task"]) if "task" in said else None,
    )


_SINCE = (
    select(record.c.seq, record.c.key, record.c.case, record.c.action, record.c.actor, record.c.at)
    .add_columns(record.c.reason, record.c.payload)
    .join(cases, cases.c.workflow_id == record.c.workflow_id)
    .where(
        record.c.stage == OPERATIONS,
        record.c.rule.is_(None),
        record.c.at >= bindparam("since"),
        cases.c.closed_at.is_(None),
    )
    .order_by(record.c.seq)
)


def took_part(connection: Connection, case: str, accounts: Collection[str]) -> bool:
    """Whether one of these accounts has acted in a case, or somebody for it; operations are no such act."""
    known = {"of": case, "who": list(accounts)}
    return connection.execute(_TOOK_PART.limit(1), known).first() is not None


_ACCEPTED = (record.c.case == bindparam("of"), record.c.rule.is_(None), record.c.stage != OPERATIONS)
_ANY: BindParameter[str] = bindparam("who", expanding=True)
_TOOK_PART = select(record.c.seq).where(
    *_ACCEPTED, or_(record.c.actor.in_(_ANY), record.c.on_behalf_of.in_(_ANY))
)


def concerned(connection: Connection, case: str) -> tuple[str, ...]:
    """Everybody who has acted in a case, operators included, or for whom somebody has."""
    rows = connection.execute(_CONCERNED, {"of": case})
    return tuple(sorted({who for row in rows for who in row if who and who != ENGINE}))


_CONCERNED = (
    select(record.c.actor, record.c.on_behalf_of)
    .distinct()
    .where(record.c.case == bindparam("of"), record.c.rule.is_(None))
)
