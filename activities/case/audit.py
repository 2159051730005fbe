"""What an auditor asks of the record. Every question is answered in pages, by an index."""

import json
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import Connection, Select, false, select, tuple_

from activities.paging import UnknownPlace
from models.tables.case import case as cases
from models.tables.record import IS_OVERRIDE, IS_REFUSED, IS_SELF_DECLARED, counter, record

FEW = 200
"""Cases of a country up to which the record is read case by case; of more, it is read in its own order."""


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
    self_declared: bool = False

    @property
    def timed(self) -> bool:
        """Whether it is about a time: the answer is then in the order of the instants."""
        return bool(self.since or self.until)


HistoryRow = TypedDict(
    "HistoryRow",
    {
        "seq": int,
        "key": str,
        "case": str,
        "country": str | None,
        "workflow_id": str,
        "run_id": str,
        "rules": str,
        "stage": str,
        "round": int,
        "action": str,
        "actor": str,
        "on_behalf_of": str | None,
        "act": str | None,
        "role": str | None,
        "at": datetime,
        "rule": str | None,
        "reason": str,
        "from": str | None,
        "to": str | None,
        "content_hash": str | None,
        "nonce": str | None,
        "attested": bool | None,
        "version": str,
        "seal": str | None,
        "payload": dict[str, Any],
    },
)
"""An entry as it is read: states as from and to, the payload as data."""


def newest(connection: Connection) -> int:
    """The number of the newest entry."""
    return connection.scalar(select(counter.c.value).where(counter.c.name == "record")) or 0


def facts(connection: Connection, number: int) -> dict[str, Any]:
    """The facts of the entry with this number; none where there is no such entry."""
    found = connection.scalar(select(record.c.payload).where(record.c.seq == number))
    return dict(json.loads(found)["facts"]) if found else {}


def history(
    connection: Connection, question: Question, limit: int | None = None, after: int | None = None
) -> list[HistoryRow]:
    """The entries that ``question`` asks for, in the order in which they happened; from behind the entry with
    the number ``after``, if it is given.
    """
    wanted = _in_order(connection, _wanted(connection, question), question, after).limit(limit)
    return [_told(dict(row)) for row in connection.execute(wanted).mappings()]


def _wanted(connection: Connection, question: Question) -> Select[Any]:
    wanted = select(record, cases.c.country).outerjoin(cases, cases.c.id == record.c.case)
    for column in ("case", "actor", "stage"):
        if (value := getattr(question, column)) is not None:
            wanted = wanted.where(record.c[column] == value)
    if question.since:
        wanted = wanted.where(record.c.at >= question.since)
    if question.until:
        wanted = wanted.where(record.c.at < question.until)
    if question.refused:
        wanted = wanted.where(IS_REFUSED)
    if question.overrides:
        wanted = wanted.where(IS_OVERRIDE)
    if question.self_declared:
        wanted = wanted.where(IS_SELF_DECLARED)
    if question.country:
        wanted = wanted.where(_in_country(connection, question.country))
    return wanted


def _in_country(connection: Connection, country: str) -> Any:
    """Of many cases a page is soon full; of few, or none, the whole record would be read for it."""
    of = select(cases.c.id).where(cases.c.country == country, cases.c.parent.is_(None)).limit(FEW + 1)
    found = list(connection.scalars(of))
    if len(found) > FEW:
        whose = cases.alias("whose")
        host = select(whose.c.country).where(whose.c.id == record.c.case).scalar_subquery()
        return host == country
    return record.c.case.in_(found) if found else false()


def _in_order(
    connection: Connection, wanted: Select[Any], question: Question, after: int | None
) -> Select[Any]:
    """By number; by instant where the question is about a time, so that an index leads to its beginning."""
    order = (record.c.at, record.c.seq) if question.timed else (record.c.seq,)
    if after is not None and question.timed:
        at = connection.scalar(select(record.c.at).where(record.c.seq == after))
        if at is None:
            raise UnknownPlace(after)
        wanted = wanted.where(tuple_(*order) > tuple_(at, after))
    elif after is not None:
        wanted = wanted.where(record.c.seq > after)
    return wanted.order_by(*order)


def _told(row: dict[str, Any]) -> HistoryRow:
    row |= {"from": row.pop("before"), "to": row.pop("after"), "version": (row["content_hash"] or "")[:12]}
    row["payload"] = json.loads(row["payload"])
    del row["answer"]
    return row  # type: ignore[return-value]  # the columns of the table are the fields of the row
