"""The outbox: notices are written with what happened, and delivered from here."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from textwrap import shorten
from typing import NamedTuple, TypedDict

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, tuple_, update
from temporalio import activity

from activities.case.projection import Projection, Writing
from activities.paging import UnknownPlace
from activities.people import person as directory
from models.base import cleaned
from models.case.effects import Tells
from models.case.notice import Delivered, Draft, NoticeStatus
from models.tables.notice import IS_OVER, IS_PENDING, delivery, notice
from models.tables.people import person

BATCH = 200
LONGEST_SUBJECT = 300
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


class Refused(Exception):
    """The recipient's server says never; trying again would not help."""


class Attempt(NamedTuple):
    """What became of a letter this time, and what the other side said."""

    letter: Letter
    status: NoticeStatus
    detail: str


Send = Callable[[Letter], str]
"""Delivers one letter and returns what the other side said. Refused: never; other errors: later."""


def enqueue(connection: Connection, draft: Draft, key: str, case: str, record: int, at: datetime) -> int:
    """Put ``draft`` in the outbox, once for each recipient. Returns how many there are."""
    people = directory.addressees(connection, draft.roles, draft.persons, at.date())
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


def _tell(writing: Writing, effect: Tells, _: object) -> None:
    """Put a notice in the outbox, under the key of its entry."""
    entry = writing.entry
    same = [one for one in entry.effects if one.effect == effect.effect]
    number = next(n for n, one in enumerate(same) if Tells.of(one) == effect)
    key = f"{entry.key}:{number}"
    enqueue(writing.connection, effect.notice, key, writing.source.case, writing.seq, entry.at)


PROJECTIONS = (Projection(Tells, apply=_tell, wakes=lambda _: True),)


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
            )
            .join(person, person.c.id == notice.c.person)
            .where(IS_PENDING, notice.c.due_at <= _now())
            .order_by(notice.c.due_at)
            .limit(BATCH)
        )
        with self._engine.connect() as connection:
            return [Letter(*row) for row in connection.execute(due)]

    def _try(self, letter: Letter) -> Attempt:
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
            "detail": cleaned(detail, 2000),
        }
        for letter, status, detail in attempts
    ]
    connection.execute(insert(delivery), [row | {"at": now} for row in rows])
    connection.execute(_TICK_OFF, [row | {"due": now + _wait(int(str(row["attempt"])))} for row in rows])


def _wait(attempt: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(attempt, 12)), LONGEST_WAIT)


_TICK_OFF = (
    update(notice)
    .where(notice.c.key == bindparam("notice"))
    .values(status=bindparam("status"), attempts=bindparam("attempt"), due_at=bindparam("due"))
)


def pending(connection: Connection) -> bool:
    """Whether a notice is due now."""
    due = select(notice.c.key).where(IS_PENDING, notice.c.due_at <= _now())
    return connection.execute(due.limit(1)).first() is not None


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
