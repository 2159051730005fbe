"""The journal of money, read: each transfer with the decision behind it, totals, what is still to come."""

from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from activities.money import balance
from models.money.transfer import HELD, Account, TransferKind
from models.payment.payment import PaymentState
from models.tables.case import case
from models.tables.money import fund, transfer
from models.tables.payment import payment
from models.tables.record import gate, record


def ledger(connection: Connection, of: str | None = None) -> list[dict[str, Any]]:
    """Every transfer in order, of a fund or a part of it, or of a case; with what was decided, by whom."""
    wanted = (
        select(transfer, record.c.action, record.c.actor)
        .join(record, record.c.seq == transfer.c.record)
        .order_by(transfer.c.record, transfer.c.key)
    )
    if of is not None:
        below = select(fund.c.id).where(or_(fund.c.id == of, fund.c.root == of, fund.c.parent == of))
        wanted = wanted.where(or_(transfer.c.case == of, transfer.c.fund.in_(below)))
    return [dict(row) for row in connection.execute(wanted).mappings()]


def trial_balance(connection: Connection) -> list[dict[str, Any]]:
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


def forecast(connection: Connection, root: str) -> list[dict[str, Any]]:
    """What a fund is still to pay, soonest first: payments that are due, then what is committed beyond them.

    ``expected`` is when the step is due that everything waits for; a commitment waits for its study.
    """
    within = {"root": root}
    due = [dict(row) for row in connection.execute(_DUE, within).mappings()]
    held: dict[tuple[str, str, str], int] = {}
    for row in connection.execute(_COMMITTED, within):
        by = TransferKind(row.kind).legs.effects().get(Account.COMMITTED, 0)
        of = (row.case, row.reservation, row.fund)
        held[of] = held.get(of, 0) + by * int(row.total)
    gates = {row.case: row.due for row in connection.execute(_NEXT)}
    later = [
        {"case": case, "fund": at, "what": "committed", "amount": minor, "expected": gates.get(case)}
        for (case, _, at), minor in held.items()
        if minor > 0
    ]
    return sorted([*due, *later], key=lambda row: (row["expected"] is None, row["expected"], row["case"]))


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
_COMMITTED = (
    select(
        transfer.c.case,
        transfer.c.reservation,
        transfer.c.fund,
        transfer.c.kind,
        func.sum(transfer.c.amount).label("total"),
    )
    .join(fund, fund.c.id == transfer.c.fund)
    .where(fund.c.root == bindparam("root"))
    .group_by(transfer.c.case, transfer.c.reservation, transfer.c.fund, transfer.c.kind)
)
_NEXT = (
    select(gate.c.case, func.min(gate.c.due_at).label("due"))
    .join(case, case.c.id == gate.c.case)
    .where(gate.c.closed_at.is_(None))
    .group_by(gate.c.case)
)


def by_case(connection: Connection) -> dict[str, dict[str, int]]:
    """For each case what it has reserved, committed, ordered and disbursed now, in minor units."""
    found: dict[str, dict[Account, int]] = {}
    grouped = select(transfer.c.case, transfer.c.kind, func.sum(transfer.c.amount).label("total"))
    for row in connection.execute(grouped.group_by(transfer.c.case, transfer.c.kind)):
        of_case = found.setdefault(row.case, dict.fromkeys(Account, 0))
        balance.add(of_case, row.kind, row.total)
    return {name: {account: of[account] for account in HELD} for name, of in found.items()}
