"""What the record has of cases, as whoever compares it with the engine needs it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, select

from models.case.record import Receipt
from models.operations.comparison import OnRecord
from models.operations.difference import REPAIRED, Difference, DifferenceKind
from models.operations.operation import OPERATIONS, OperationAct
from models.payment.payment import PaymentState
from models.tables.case import case
from models.tables.money import reservation_total
from models.tables.payment import payment
from models.tables.record import IS_OPEN, gate, record

_ROWS = select(case.c.id, case.c.number, case.c.workflow_id, case.c.closed_at)


def open_cases(connection: Connection, number: str | None = None) -> list[OnRecord]:
    """Every case that is open, and every open part of one; of one number, where that is wanted."""
    wanted = _ROWS.where(case.c.closed_at.is_(None)).order_by(case.c.id)
    if number is not None:
        wanted = wanted.where(case.c.number == number)
    return [OnRecord(**row) for row in connection.execute(wanted).mappings()]


def of_workflow(connection: Connection, workflow_id: str, number: str) -> OnRecord | None:
    """The case, or the part of one, that a workflow carries, open or closed; None: none is on record."""
    wanted = _ROWS.where(case.c.number == number, case.c.workflow_id == workflow_id)
    row = connection.execute(wanted).mappings().first()
    return _with_its_past(connection, row) if row else None


def _with_its_past(connection: Connection, row: RowMapping) -> OnRecord:
    """What its workflow has written and heard, and what is open there."""
    of = {"of": row["number"], "workflow": row["workflow_id"]}
    heard = connection.execute(_HEARD, of).first()
    return OnRecord(
        **row,
        wrote=connection.scalar(_WROTE, of) or 0,
        begun_by=connection.scalar(_BEGUN, of) or "",
        heard=heard.seq if heard else 0,
        heard_at=heard.at if heard else None,
        gates=frozenset(connection.scalars(_GATES, of)),
    )


_ITS_OWN = (record.c.case == bindparam("of"), record.c.workflow_id == bindparam("workflow"))
_BEGUN = select(record.c.run_id).where(*_ITS_OWN, record.c.run_id != "").order_by(record.c.seq).limit(1)
_WROTE = select(func.max(record.c.seq)).where(*_ITS_OWN, record.c.run_id != "")
_HEARD = (
    select(record.c.seq, record.c.at)
    .where(*_ITS_OWN, record.c.seal.is_not(None), record.c.run_id != "")
    .order_by(record.c.seq.desc())
    .limit(1)
)
_GATES = select(gate.c.id).where(gate.c.workflow_id == bindparam("workflow"), IS_OPEN)


def missing(connection: Connection, receipts: Collection[Receipt]) -> tuple[int, ...]:
    """The numbers of receipts that are not on record under their keys."""
    wanted = select(record.c.key, record.c.seq).where(record.c.key.in_([one.key for one in receipts]))
    there = {(row.key, row.seq) for row in connection.execute(wanted)}
    return tuple(sorted({one.seq for one in receipts if (one.key, one.seq) not in there}))


def knows_run(connection: Connection, number: str, of_run: str) -> bool:
    """Whether the record says who has reset this run, or started it again."""
    rows = connection.execute(_RESETS, {"of": number, "run": f"%{of_run}%"})
    return rows.first() is not None


_RESETS = select(record.c.seq).where(
    record.c.case == bindparam("of"),
    record.c.rule.is_(None),
    record.c.stage == OPERATIONS,
    record.c.action.in_((OperationAct.RESET, REPAIRED)),
    record.c.payload.like(bindparam("run")),
)


def is_named(connection: Connection, one: Difference) -> bool:
    """Whether a difference is on record."""
    return connection.scalar(select(record.c.seq).where(record.c.key == one.key)) is not None


def has_written(connection: Connection, number: str, workflow_id: str) -> bool:
    """Whether a workflow itself has put anything on record."""
    return bool(connection.scalar(_WROTE, {"of": number, "workflow": workflow_id}))


def of_the_ledger(connection: Connection, number: str | None) -> list[Difference]:
    """Money that nobody looks after, payments of which nobody knows whether they were made."""
    orphans = _of(_ORPHANS, reservation_total.c.case, number)
    doubts = _of(_DOUBTS, payment.c.case, number)
    doubt = {"doubt": PaymentState.IN_DOUBT}
    found = [
        Difference(kind=DifferenceKind.MONEY, case=row.case, detail=f"{row.held} in {row.fund}")
        for row in connection.execute(orphans, doubt)
    ]
    return found + [
        Difference(kind=DifferenceKind.IN_DOUBT, case=row.case, workflow_id=row.workflow_id, detail=row.key)
        for row in connection.execute(doubts, doubt)
    ]


def _of(wanted: Any, column: Any, number: str | None) -> Any:
    return wanted if number is None else wanted.where(column == number)


_IN_DOUBT = (
    select(func.coalesce(func.sum(payment.c.amount), 0))
    .where(
        payment.c.case == reservation_total.c.case,
        payment.c.fund == reservation_total.c.fund,
        payment.c.state == bindparam("doubt"),
    )
    .scalar_subquery()
)
"""What the bank may have: that must stay where it is, and is told as a doubt."""
_SUM = (
    func.sum(reservation_total.c.reserved + reservation_total.c.committed + reservation_total.c.ordered)
    - _IN_DOUBT
)
_OWNS = case.c.number == reservation_total.c.case
_ORPHANS = (
    select(reservation_total.c.case, reservation_total.c.fund, _SUM.label("held"))
    .where(~select(case.c.id).where(_OWNS, case.c.closed_at.is_(None)).exists())
    .group_by(reservation_total.c.case, reservation_total.c.fund)
    .having(_SUM > 0)
    .order_by(reservation_total.c.case, reservation_total.c.fund)
)
_DOUBTS = (
    select(payment.c.case, payment.c.workflow_id, payment.c.key)
    .where(payment.c.state == bindparam("doubt"))
    .order_by(payment.c.key)
)
