"""The proof of the outbox: what became of a letter is held against the attempts to deliver it."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from activities.case.delivery import wait_after
from activities.case.finding import SIZE, Finding
from activities.case.rebuild import Rebuilt
from models.case.notice import NoticeStatus
from models.tables.notice import delivery, notice


def letters(rebuilt: Rebuilt) -> Iterator[Finding]:
    """Letters that are ticked off, or put off, without an attempt that says so."""
    rows: Iterable[Row[Any]] = rebuilt.stored.execute(_TRIED, execution_options={"yield_per": SIZE})
    for row in rows:
        if (made := _made(rebuilt.copy, row.key)) is None:
            continue  # no entry has written it: that is found with its table
        wrong = [name for name, is_so in _as_tried(row, made) if not is_so]
        if wrong:
            detail = f"the attempts to deliver it do not lead to its {', '.join(wrong)}"
            yield Finding("notice", row.key, detail, row.record, {"case": row.case})


def _as_tried(row: Row[Any], made: Row[Any]) -> Iterator[tuple[str, bool]]:
    """What a letter says of itself, and whether its attempts say so, too."""
    yield "attempts", row.attempts == row.count == (row.attempt or 0)
    if row.attempt is None:
        yield "status", row.status == made.status
        yield "due_at", row.due_at == made.due_at
        return
    # who leaves while it is being tried is not written to any more, or once more
    open_still = (NoticeStatus.PENDING, made.status)
    yield "status", row.status in (open_still if row.said == NoticeStatus.PENDING else (row.said,))
    yield "due_at", row.due_at == row.at + wait_after(row.attempt)


def _made(copy: Connection, key: str) -> Row[Any] | None:
    rows: Iterable[Row[Any]] = copy.execute(_MADE, {"key": key})
    return next(iter(rows), None)


_MADE = select(notice.c.status, notice.c.due_at).where(notice.c.key == bindparam("key"))
_SUMS = (
    select(
        delivery.c.notice, func.count().label("count"), func.max(delivery.c.attempt).label("newest")
    ).group_by(delivery.c.notice)
).subquery()
_TRIED = (
    select(
        *(notice.c[name] for name in ("key", "case", "record", "status", "attempts", "due_at")),
        func.coalesce(_SUMS.c.count, 0).label("count"),
        delivery.c.attempt,
        delivery.c.at,
        delivery.c.status.label("said"),
    )
    .outerjoin(_SUMS, _SUMS.c.notice == notice.c.key)
    .outerjoin(delivery, (delivery.c.notice == notice.c.key) & (delivery.c.attempt == _SUMS.c.newest))
)
