"""What an auditor asks of the record."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from models.tables.case import case as cases
from models.tables.record import record


class Question(NamedTuple):
    """What an auditor asks of the record; None leaves a criterion out."""

    case: str | None = None
    actor: str | None = None
    country: str | None = None
    stage: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    refused: bool = False
    overrides: bool = False


def history(connection: Connection, wish: Question) -> list[dict[str, Any]]:
    """The entries that ``wish`` asks for, in the order in which they happened."""
    wanted = select(record, cases.c.country).outerjoin(cases, cases.c.id == record.c.case)
    for column, value in (
        (record.c.case, wish.case),
        (record.c.actor, wish.actor),
        (cases.c.country, wish.country),
        (record.c.stage, wish.stage),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    if wish.since:
        wanted = wanted.where(record.c.at >= wish.since)
    if wish.until:
        wanted = wanted.where(record.c.at < wish.until)
    if wish.refused:
        wanted = wanted.where(record.c.rule.is_not(None))
    if wish.overrides:
        wanted = wanted.where(record.c.action.like("overrid%"))
    rows = connection.execute(wanted.order_by(record.c.seq)).mappings()
    return [_told(dict(row)) for row in rows]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A record as it is read: states as from and to, the payload as data."""
    row |= {"from": row.pop("before"), "to": row.pop("after"), "version": (row["content_hash"] or "")[:12]}
    row["payload"] = json.loads(row["payload"])
    del row["answer"]
    return row
