"""The outbox: notices are written with what happened, and delivered from here."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from textwrap import shorten
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select, update
from temporalio import activity

from activities import person as directory
from models.notice import Delivered, Draft, NoticeStatus
from models.tables.notice import delivery, notice
from models.tables.person import person

BATCH = 200
LONGEST_SUBJECT = 300
LONGEST_ROUND = timedelta(minutes=1)
"""A round ends after this, however much is left: a server that never answers costs 20 s a letter."""
LONGEST_WAIT = timedelta(hours=1)


class Letter(NamedTuple):
    """A notice with the address it goes to."""

    key: str
    case: str
    subject: str
    body: str
    address: str


class Refused(Exception):
    """The recipient's server says never; trying again would not help."""


Send = Callable[[Letter], str]
"""Delivers one letter and returns what the other side said. Refused: never; other errors: later."""


def enqueue(connection: Connection, draft: Draft, key: str, case: str, record: int, at: datetime) -> int:
    """Put ``draft`` in the outbox, once for each recipient. Returns how many there are."""
    people = directory.roster(connection, draft.roles, draft.persons)
    subject = shorten(draft.subject, LONGEST_SUBJECT, placeholder="…")
    rows = [
        {"key": f"{key}:{somebody}", "case": case, "record": record, "person": somebody}
        | {
            "subject": subject,
            "body": draft.body,
            "status": NoticeStatus.PENDING,
        }
        | {"attempts": 0, "due_at": at, "created_at": at}
        for somebody in people
    ]
    if rows:
        connection.execute(insert(notice), rows)
    return len(rows)


class Outbox:
    """Delivers what is in the outbox. At least once: a letter that was sent but not ticked off goes
    out again with the same message id, by which the recipient can tell.
    """

    def __init__(self, engine: Engine, send: Send) -> None:
        self._engine = engine
        self._send = send

    @activity.defn(name="deliver")
    def deliver(self) -> Delivered:
        """Try every notice that is due, one transaction each, and say when the next is due."""
        end = _now() + LONGEST_ROUND
        tried = [self._try(letter) for letter in self._due() if _now() < end]
        with self._engine.connect() as connection:
            next_at = connection.scalar(
                select(func.min(notice.c.due_at)).where(notice.c.status == NoticeStatus.PENDING)
            )
        return Delivered(
            delivered=tried.count(NoticeStatus.DELIVERED),
            failed=tried.count(NoticeStatus.PENDING),
            dead=tried.count(NoticeStatus.DEAD),
            next_in=None if next_at is None else max(0.0, (next_at - _now()).total_seconds()),
        )

    def _due(self) -> list[Letter]:
        due = (
            select(notice.c.key, notice.c.case, notice.c.subject, notice.c.body, person.c.email)
            .join(person, person.c.id == notice.c.person)
            .where(notice.c.status == NoticeStatus.PENDING, notice.c.due_at <= _now())
            .order_by(notice.c.due_at)
            .limit(BATCH)
        )
        with self._engine.connect() as connection:
            return [Letter(*row) for row in connection.execute(due)]

    def _try(self, letter: Letter) -> NoticeStatus:
        try:
            detail, status = self._send(letter), NoticeStatus.DELIVERED
        except Refused as error:
            detail, status = str(error), NoticeStatus.DEAD
        except Exception as error:  # one letter that cannot be written must not hold up the others
            detail, status = f"{type(error).__name__}: {error}", NoticeStatus.PENDING
        with self._engine.begin() as connection:
            _log_attempt(connection, letter.key, status, detail)
        return status


def _log_attempt(connection: Connection, key: str, status: NoticeStatus, detail: str) -> None:
    attempt = 1 + int(connection.scalar(select(notice.c.attempts).where(notice.c.key == key)) or 0)
    wait = min(timedelta(seconds=2 ** min(attempt, 12)), LONGEST_WAIT)
    connection.execute(
        update(notice)
        .where(notice.c.key == key)
        .values(status=status, attempts=attempt, due_at=_now() + wait)
    )
    row = {"notice": key, "attempt": attempt, "at": _now(), "status": status, "detail": detail[:2000]}
    connection.execute(insert(delivery).values(row))


def pending(connection: Connection) -> bool:
    """Whether a notice is due now."""
    due = select(notice.c.key).where(notice.c.status == NoticeStatus.PENDING, notice.c.due_at <= _now())
    return connection.execute(due.limit(1)).first() is not None


def listing(connection: Connection, status: NoticeStatus | None = None) -> list[dict[str, Any]]:
    """The outbox with the last attempt of each notice, newest first."""
    last = (
        select(delivery.c.notice, func.max(delivery.c.attempt).label("attempt"))
        .group_by(delivery.c.notice)
        .subquery()
    )
    wanted = (
        select(notice, delivery.c.detail)
        .outerjoin(last, last.c.notice == notice.c.key)
        .outerjoin(delivery, (delivery.c.notice == notice.c.key) & (delivery.c.attempt == last.c.attempt))
        .order_by(notice.c.created_at.desc(), notice.c.key)
    )
    if status is not None:
        wanted = wanted.where(notice.c.status == status)
    return [dict(row) for row in connection.execute(wanted).mappings()]


def _now() -> datetime:
    return datetime.now(UTC)
