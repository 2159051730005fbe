"""The outbox: notices are written with what happened, and listed. ``delivery.py`` sends them."""

from datetime import UTC, datetime
from textwrap import shorten
from typing import TypedDict

from sqlalchemy import Connection, func, insert, select, tuple_

from activities.case.projection import Projection, Writing
from activities.case.trace import TRACE
from activities.paging import UnknownPlace
from activities.people import person as directory
from models.case.effects import Tells
from models.case.notice import Draft, NoticeStatus
from models.tables.notice import IS_OVER, IS_PENDING, delivery, notice

LONGEST_SUBJECT = 300


def enqueue(connection: Connection, draft: Draft, key: str, case: str, record: int, at: datetime) -> int:
    """Put ``draft`` in the outbox, once for each recipient. Returns how many there are."""
    people = directory.addressees(connection, draft.roles, draft.persons, at.date(), draft.organisations)
    subject = shorten(draft.subject, LONGEST_SUBJECT, placeholder="…")
    rows = [
        {"key": f"{key}:{somebody}", "case": case, "record": record, "person": somebody}
        | {
            "subject": subject,
            "body": draft.body,
            "status": NoticeStatus.PENDING,
            "trace": TRACE.get() or None,
        }
        | {"attempts": 0, "due_at": at, "created_at": at}
        for somebody in people
    ]
    if rows:
        connection.execute(insert(notice), rows)
    return len(rows)


def _tell(writing: Writing, effect: Tells, _: object) -> None:
    """Put a notice in the outbox, under the key of its entry."""
    entry = writing.entry
    same = [one for one in entry.effects if one.effect == effect.effect]
    number = next(n for n, one in enumerate(same) if Tells.of(one) == effect)
    key = f"{entry.key}:{number}"
    enqueue(writing.connection, effect.notice, key, writing.source.case, writing.seq, entry.at)


PROJECTIONS = (Projection(Tells, apply=_tell, wakes=lambda _: True),)


def pending(connection: Connection) -> bool:
    """Whether a notice is due now."""
    due = select(notice.c.key).where(IS_PENDING, notice.c.due_at <= _now())
    return connection.execute(due.limit(1)).first() is not None


def oldest_due(connection: Connection) -> datetime | None:
    """Since when the notice that has waited longest has been due; None: none is due. A failed attempt puts
    off when a notice is due, so a mail server that is away does not count.
    """
    due = select(func.min(notice.c.due_at)).where(IS_PENDING, notice.c.due_at <= _now())
    found: datetime | None = connection.scalar(due)
    return found


class NoticeRow(TypedDict):
    """A notice, and what the other side said at the last attempt."""

    key: str
    case: str
    record: int
    person: str
    subject: str
    body: str
    status: str
    attempts: int
    due_at: datetime
    created_at: datetime
    detail: str | None


def listing(
    connection: Connection,
    status: NoticeStatus | None = None,
    limit: int | None = None,
    after: str | None = None,
) -> list[NoticeRow]:
    """The outbox with the last attempt of each notice, newest first, from behind the notice ``after``."""
    order = (notice.c.created_at, notice.c.key)
    wanted = select(notice, _SAID).order_by(*(column.desc() for column in order)).limit(limit)
    if status is not None:
        pending = status is NoticeStatus.PENDING
        wanted = wanted.where(notice.c.status == status, IS_PENDING if pending else IS_OVER)
    if after is not None:
        at = connection.scalar(select(notice.c.created_at).where(notice.c.key == after))
        if at is None:
            raise UnknownPlace(after)
        wanted = wanted.where(tuple_(*order) < tuple_(at, after))
    return [NoticeRow(**row) for row in connection.execute(wanted).mappings()]  # type: ignore[typeddict-item]


_SAID = (
    select(delivery.c.detail)
    .where(delivery.c.notice == notice.c.key)
    .order_by(delivery.c.attempt.desc())
    .limit(1)
    .scalar_subquery()
    .label("detail")
)


def _now() -> datetime:
    return datetime.now(UTC)
