"""The books, read: the totals of every account, what is still to come, what a case holds."""

from datetime import datetime
from typing import TypedDict, cast

from sqlalchemy import Connection, bindparam, func, select

from models.money.transfer import HELD, Account, TransferKind
from models.payment.payment import PaymentState
from models.tables.money import fund, reservation_total, transfer
from models.tables.payment import payment
from models.tables.record import gate


class BalanceRow(TypedDict):
    """An account of a fund: its debits and credits, and its balance as it is stored, in minor units."""

    fund: str
    account: Account
    debits: int
    credits: int
    balance: int
    side: str
    currency: str


def trial_balance(connection: Connection) -> list[BalanceRow]:
    """For each fund and account what was debited and credited, and the balance that is stored: sources are
    debit balances, uses are credit balances, and both columns add up to the same.
    """
    stored = {row["id"]: row for row in connection.execute(select(fund)).mappings()}
    moved: dict[tuple[str, str], list[int]] = {}
    for row in connection.execute(_MOVED):
        if TransferKind(row.kind).own and stored[row.fund]["parent"]:
            continue  # what a part may use of the fund is not the fund's own money
        legs = TransferKind(row.kind).legs
        moved.setdefault((row.root, legs.debit), [0, 0])[0] += int(row.total)
        moved.setdefault((row.root, legs.credit), [0, 0])[1] += int(row.total)
    return [
        {
            "fund": root,
            "account": account,
            "debits": moved[root, account][0],
            "credits": moved[root, account][1],
            "balance": stored[root][account],
            "side": "debit" if account.source else "credit",
            "currency": stored[root]["currency"],
        }
        for root in sorted(row["id"] for row in stored.values() if not row["parent"])
        for account in Account
        if (root, account) in moved
    ]


_MOVED = (
    select(fund.c.root, transfer.c.fund, transfer.c.kind, func.sum(transfer.c.amount).label("total"))
    .join(fund, fund.c.id == transfer.c.fund)
    .group_by(fund.c.root, transfer.c.fund, transfer.c.kind)
)


class ForecastRow(TypedDict):
    """Something that a fund is still to pay. ``expected``: None where nobody knows."""

    case: str
    fund: str
    what: str
    amount: int
    expected: datetime | None


def forecast(connection: Connection, root: str) -> list[ForecastRow]:
    """What a fund is still to pay, soonest first: payments that are due, then what is committed beyond them.

    ``expected`` is when the step is due that everything waits for; a commitment waits for its study.
    """
    found = (*connection.execute(_DUE, {"root": root}), *connection.execute(_COMMITTED, {"root": root}))
    rows = [cast(ForecastRow, row._asdict()) for row in found]
    return sorted(rows, key=lambda row: (row["expected"] is None, row["expected"], row["case"]))


_OPEN_STATES = [state for state in PaymentState if not state.over and state is not PaymentState.PAID]
_DUE = (
    select(
        payment.c.case,
        payment.c.fund,
        payment.c.key.label("what"),
        payment.c.amount,
        func.coalesce(gate.c.due_at, payment.c.not_before).label("expected"),
    )
    .join(fund, fund.c.id == payment.c.fund)
    .outerjoin(gate, gate.c.id == payment.c.gate)
    .where(fund.c.root == bindparam("root"), payment.c.state.in_(_OPEN_STATES))
)
_NEXT = (
    select(func.min(gate.c.due_at))
    .where(gate.c.case == reservation_total.c.case, gate.c.closed_at.is_(None))
    .scalar_subquery()
)
_COMMITTED = (
    select(
        reservation_total.c.case,
        reservation_total.c.fund,
        bindparam("what", "committed").label("what"),
        reservation_total.c.committed.label("amount"),
        _NEXT.label("expected"),
    )
    .join(fund, fund.c.id == reservation_total.c.fund)
    .where(fund.c.root == bindparam("root"), reservation_total.c.committed > 0)
)


def of_case(connection: Connection, case: str) -> dict[str, int]:
    """What a case has reserved, committed, ordered and disbursed now, in minor units; empty: it never had."""
    return _held(connection, case).get(case, {})


def by_case(connection: Connection) -> dict[str, dict[str, int]]:
    """For each case what it has reserved, committed, ordered and disbursed now, in minor units."""
    return _held(connection, None)


def _held(connection: Connection, case: str | None) -> dict[str, dict[str, int]]:
    sums = [func.sum(reservation_total.c[account]).label(account) for account in HELD]
    wanted = select(reservation_total.c.case, *sums).group_by(reservation_total.c.case)
    if case is not None:
        wanted = wanted.where(reservation_total.c.case == case)
    rows = connection.execute(wanted).mappings()
    return {row["case"]: {account: int(row[account]) for account in HELD} for row in rows}
