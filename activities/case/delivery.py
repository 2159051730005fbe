"""Delivers what is in the outbox: the activity that hands letters to a mail server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update
from temporalio import activity

from models.base import cleaned
from models.case.notice import Delivered, NoticeStatus
from models.tables.notice import IS_PENDING, delivery, notice
from models.tables.people import person

BATCH = 200
LONGEST_DETAIL = 2000
"""Bytes of what the other side said."""
LONGEST_ROUND = timedelta(minutes=1)
"""A round ends after this, however much is left: a server that never answers costs 20 s a letter."""
LONGEST_WAIT = timedelta(hours=1)
TOGETHER = 20
"""Letters ticked off in one transaction: so many go out again, at most, after a crash."""


class Letter(NamedTuple):
    """A notice with the address it goes to."""

    key: str
    case: str
    subject: str
    body: str
    address: str
    attempts: int = 0
    """How often it was tried before."""
    trace: str = ""
    """Where what it tells of is in a trace; empty: in none."""


class Refused(Exception):
    """The recipient's server says never; trying again would not help."""


class Attempt(NamedTuple):
    """What became of a letter this time, and what the other side said."""

    letter: Letter
    status: NoticeStatus
    detail: str


Send = Callable[[Letter], str]
"""Delivers one letter and returns what the other side said. Refused: never; other errors: later."""


class Outbox:
    """Delivers what is in the outbox. At least once: a letter that was sent but not ticked off goes
    out again with the same message id, by which the recipient can tell.
    """

    def __init__(self, engine: Engine, send: Send) -> None:
        self._engine = engine
        self._send = send

    @activity.defn(name="deliver")
    def deliver(self) -> Delivered:
        """Try every notice that is due, and say when the next is due."""
        end, due = _now() + LONGEST_ROUND, self._due()
        tried: list[NoticeStatus] = []
        for first in range(0, len(due), TOGETHER):
            attempts = [self._try(letter) for letter in due[first : first + TOGETHER] if _now() < end]
            with self._engine.begin() as connection:
                _log(connection, attempts)
            tried += [attempt.status for attempt in attempts]
        with self._engine.connect() as connection:
            next_at = connection.scalar(select(func.min(notice.c.due_at)).where(IS_PENDING))
        return Delivered(
            delivered=tried.count(NoticeStatus.DELIVERED),
            failed=tried.count(NoticeStatus.PENDING),
            dead=tried.count(NoticeStatus.DEAD),
            next_in=None if next_at is None else max(0.0, (next_at - _now()).total_seconds()),
        )

    def _due(self) -> list[Letter]:
        due = (
            select(
                notice.c.key,
                notice.c.case,
                notice.c.subject,
                notice.c.body,
                person.c.email,
                notice.c.attempts,
                func.coalesce(notice.c.trace, ""),
            )
            .join(person, person.c.id == notice.c.person)
            .where(IS_PENDING, notice.c.due_at <= _now())
            .order_by(notice.c.due_at)
            .limit(BATCH)
        )
        with self._engine.connect() as connection:
            return [Letter(*row) for row in connection.execute(due)]

    def _try(self, letter: Letter) -> Attempt:
        if activity.in_activity():
            activity.heartbeat()
        try:
            return Attempt(letter, NoticeStatus.DELIVERED, self._send(letter))
        except Refused as error:
            return Attempt(letter, NoticeStatus.DEAD, str(error))
        except Exception as error:  # one letter that cannot be written must not hold up the others
            return Attempt(letter, NoticeStatus.PENDING, f"{type(error).__name__}: {error}")


def _log(connection: Connection, attempts: list[Attempt]) -> None:
    if not attempts:
        return
    now = _now()
    rows = [
        {
            "notice": letter.key,
            "attempt": letter.attempts + 1,
            "status": status,
            "detail": cleaned(detail, LONGEST_DETAIL),
        }
        for letter, status, detail in attempts
    ]
    connection.execute(insert(delivery), [row | {"at": now} for row in rows])
    connection.execute(_TICK_OFF, [row | {"due": now + wait_after(int(str(row["attempt"])))} for row in rows])


def wait_after(attempt: int) -> timedelta:
    """How long a letter waits for the next attempt."""
    return min(timedelta(seconds=2 ** min(attempt, 12)), LONGEST_WAIT)


_TICK_OFF = (
    update(notice)
    .where(notice.c.key == bindparam("notice"))
    .values(status=bindparam("status"), attempts=bindparam("attempt"), due_at=bindparam("due"))
)


def _now() -> datetime:
    return datetime.now(UTC)
