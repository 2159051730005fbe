"""The ledger: moves money between the accounts of a sleeve, inside the transaction of its decision."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, func, insert, select, update

from models.fund import Account, Fund, Transfer, TransferKind
from models.rule import Rule
from models.tables.fund import fund, sleeve, transfer


class Movement(NamedTuple):
    """A transfer whose balances are already moved; ``book`` writes it down."""

    key: str
    kind: TransferKind
    transfer: Transfer
    resolves: str | None
    amount: int
    currency: str


def move(connection: Connection, wish: Transfer) -> list[Movement] | Rule:
    """Move the balances, or say which rule forbids it (then nothing has moved).

    The guard is one conditional UPDATE, so that any number of writers cannot overdraw together.
    """
    currency = connection.scalar(select(sleeve.c.currency).where(sleeve.c.id == wish.sleeve))
    if wish.amount and wish.amount.currency != currency:
        return Rule.WRONG_CURRENCY
    if wish.kind is TransferKind.PENDING:
        return _reserve(connection, wish)
    if wish.kind.resolves_pending:
        return _resolve(connection, wish, str(currency))
    return _spend(connection, wish, str(currency))


def book(connection: Connection, movements: list[Movement], case_: str, record: int, at: datetime) -> None:
    """Write the transfers behind moved balances, citing the record that decided them."""
    for movement in movements:
        debit, credit = movement.kind.route
        row = {
            "key": movement.key,
            "kind": movement.kind,
            "case": case_,
            "sleeve": movement.transfer.sleeve,
            "reservation": movement.transfer.reservation,
            "resolves": movement.resolves,
            "debit": debit,
            "credit": credit,
            "amount": movement.amount,
            "currency": movement.currency,
            "record": record,
            "at": at,
        }
        connection.execute(insert(transfer), row)


def _reserve(connection: Connection, wish: Transfer) -> list[Movement] | Rule:
    assert wish.amount is not None
    if not _shift(connection, wish, TransferKind.PENDING, wish.amount.minor):
        return Rule.FUNDS_SHORT
    return [Movement(wish.key, wish.kind, wish, None, wish.amount.minor, wish.amount.currency)]


def _resolve(connection: Connection, wish: Transfer, currency: str) -> list[Movement] | Rule:
    """Post or void a pending transfer. Posting less than was reserved gives the rest back."""
    reserved = connection.scalar(
        select(transfer.c.amount).where(
            transfer.c.key == wish.reservation,
            transfer.c.kind == TransferKind.PENDING,
            transfer.c.sleeve == wish.sleeve,
        )
    )
    resolved = connection.scalar(select(transfer.c.key).where(transfer.c.resolves == wish.reservation))
    if reserved is None or resolved is not None:
        return Rule.PENDING_RESOLVED
    amount = wish.amount.minor if wish.amount else reserved
    if amount > reserved:
        return Rule.COMMITMENT_EXCEEDED
    _must_shift(connection, wish, wish.kind, amount)
    movements = [Movement(wish.key, wish.kind, wish, wish.reservation, amount, currency)]
    if rest := reserved - amount:
        _must_shift(connection, wish, TransferKind.VOID, rest)
        movements.append(Movement(f"{wish.key}:rest", TransferKind.VOID, wish, None, rest, currency))
    return movements


def _spend(connection: Connection, wish: Transfer, currency: str) -> list[Movement] | Rule:
    """Pay out of a commitment, or release what of it is left."""
    left = committed(connection, wish.reservation, wish.sleeve)
    amount = wish.amount.minor if wish.amount else left
    if amount > left:
        return Rule.COMMITMENT_EXCEEDED
    if not amount:
        return []
    _must_shift(connection, wish, wish.kind, amount)
    return [Movement(wish.key, wish.kind, wish, None, amount, currency)]


def committed(connection: Connection, reservation: str, of_sleeve: str) -> int:
    """What ``of_sleeve`` has committed under ``reservation`` and not paid or released, in minor units."""
    signed = case(
        (transfer.c.credit == Account.COMMITTED, transfer.c.amount),
        (transfer.c.debit == Account.COMMITTED, -transfer.c.amount),
        else_=0,
    )
    total = select(func.coalesce(func.sum(signed), 0)).where(
        transfer.c.reservation == reservation, transfer.c.sleeve == of_sleeve
    )
    return int(connection.scalar(total) or 0)


def _shift(connection: Connection, wish: Transfer, kind: TransferKind, amount: int) -> bool:
    debit, credit = (sleeve.c[account] for account in kind.route)
    shifted = connection.execute(
        update(sleeve)
        .where(sleeve.c.id == wish.sleeve, debit >= amount)
        .values({debit: debit - amount, credit: credit + amount})
    )
    return shifted.rowcount == 1


def _must_shift(connection: Connection, wish: Transfer, kind: TransferKind, amount: int) -> None:
    """The second phase cannot overdraw: if it would, transfers and balances disagree, and all stops."""
    if not _shift(connection, wish, kind, amount):
        raise RuntimeError(f"the balances of {wish.sleeve} do not cover {wish.key}")


def register(connection: Connection, terms: Fund) -> None:
    """Put a fund and its sleeves on the books. A known sleeve keeps its balances and its cap."""
    if connection.scalar(select(fund.c.id).where(fund.c.id == terms.id)) is None:
        row = {"id": terms.id, "name": terms.name, "currency": terms.currency, "cap": terms.cap}
        connection.execute(insert(fund).values(row))
    known = set(connection.scalars(select(sleeve.c.id)))
    for part in terms.sleeves:
        if part.id not in known:
            row = part.content() | {"fund": terms.id, "currency": terms.currency, "available": part.cap}
            connection.execute(insert(sleeve).values(row | {"reserved": 0, "committed": 0, "disbursed": 0}))


def balances(connection: Connection) -> list[dict[str, Any]]:
    """Every sleeve with its balances, in minor units."""
    return [dict(row) for row in connection.execute(select(sleeve).order_by(sleeve.c.id)).mappings()]


def by_case(connection: Connection) -> dict[str, dict[str, int]]:
    """For each case what it has reserved, committed and disbursed now, in minor units."""
    held: dict[str, dict[str, int]] = {}
    for row in connection.execute(select(transfer)).mappings():
        accounts = held.setdefault(row["case"], dict.fromkeys(Account, 0))
        accounts[row["debit"]] -= row["amount"]
        accounts[row["credit"]] += row["amount"]
    return held
