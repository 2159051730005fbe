"""The figures of an installation, in two statements: whoever watches it asks four times a minute."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from activities.operations.noting import FOUND
from models.case.notice import NoticeStatus
from models.operations.figures import Figures
from models.operations.operation import OPERATIONS
from models.payment.payment import PaymentState
from models.tables.case import case
from models.tables.money import fund
from models.tables.notice import IS_OVER, IS_PENDING, notice
from models.tables.payment import payment
from models.tables.record import IS_OPEN, counter, gate, record


def figures(connection: Connection, now: datetime) -> Figures:
    """What the database says now."""
    row = connection.execute(_single(now)).one()._mapping
    by_stage = connection.execute(_OPEN_CASES)
    oldest = row["oldest"]
    waited = (now - oldest.astimezone(UTC)).total_seconds() if oldest else 0.0
    counted: dict[str, int] = {name: row[name] or 0 for name in row if name != "oldest"}
    cases = {(one.kind, one.stage): int(one.open) for one in by_stage}
    return Figures(outbox_seconds=max(waited, 0.0), open_cases=cases, **counted)


def _single(now: datetime) -> Any:
    """All of them that are one number, as one row."""
    return select(
        _count("overdue", gate.c.id, IS_OPEN, gate.c.due_at < now),
        select(func.min(notice.c.due_at)).where(IS_PENDING, notice.c.due_at <= now).label("oldest"),
        _count("refused_letters", notice.c.key, notice.c.status == NoticeStatus.DEAD, IS_OVER),
        _count("in_doubt", payment.c.key, payment.c.state == PaymentState.IN_DOUBT),
        _count("frozen", fund.c.id, fund.c.frozen.is_not(None), fund.c.frozen != ""),
        _count("differences", record.c.seq, record.c.stage == OPERATIONS, record.c.action == FOUND),
        select(counter.c.value).where(counter.c.name == "record").label("last_record"),
    )


def _count(name: str, column: ColumnElement[Any], *where: ColumnElement[bool]) -> Any:
    return select(func.count(column)).where(*where).label(name)


_OPEN_CASES = (
    select(case.c.kind, case.c.stage, func.count().label("open"))
    .where(case.c.closed_at.is_(None))
    .group_by(case.c.kind, case.c.stage)
)
