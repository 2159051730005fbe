"""The ledger: moves money between the accounts of a fund, inside the transaction of its decision."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from activities.money import limits, waitlist
from activities.money.balance import held, levels_moved, not_returned, shift
from activities.money.level import Tree, tree
from models.case.rule import Broken, Rule
from models.money.transfer import Account, Transfer, TransferKind
from models.tables.money import transfer


class Movement(NamedTuple):
    """A transfer whose balances are already moved; ``book`` writes it down."""

    key: str
    kind: TransferKind
    wish: Transfer
    resolves: str | None
    amount: int
    currency: str

    @property
    def frees(self) -> bool:
        """Whether others can have the money now."""
        return self.kind.legs.effects().get(Account.AVAILABLE, 0) > 0


def move(connection: Connection, wish: Transfer, case: str) -> list[Movement] | Broken:
    """Move the balances, or say which rule forbids it (then nothing has moved).

    Whoever writes the record has locked its counter, so nobody else moves money meanwhile; the guard in the
    UPDATE, and the checks of the table behind it, hold even so.
    """
    levels = tree(connection, wish.fund)
    if wish.fund not in levels.levels:
        return Broken(Rule.UNKNOWN_FUND, f"({wish.fund})")
    currency = str(levels.levels[wish.fund].currency)
    if wish.amount and wish.amount.currency != currency:
        return Broken(Rule.WRONG_CURRENCY, f"{wish.fund} is in {currency}.")
    if wish.kind is TransferKind.PENDING and (limit := limits.broken(connection, wish, case, levels)):
        return Broken(Rule.PORTFOLIO, limit)
    found = (
        _resolution(connection, wish, currency) if wish.kind.resolves else _first(connection, wish, levels)
    )
    if isinstance(found, Rule):
        return Broken(found)
    for movement in found:
        moved = [level.id for level in levels_moved(movement.wish, levels)]
        shift(connection, movement.kind, movement.amount, moved)
    return found


def book(connection: Connection, movements: list[Movement], case_: str, record: int, at: datetime) -> None:
    """Write the transfers behind moved balances, citing the record that decided them."""
    for movement in movements:
        legs = movement.kind.legs
        row = {
            "key": movement.key,
            "kind": movement.kind,
            "case": case_,
            "fund": movement.wish.fund,
            "reservation": movement.wish.reservation,
            "resolves": movement.resolves,
            "debit": legs.debit,
            "credit": legs.credit,
            "amount": movement.amount,
            "currency": movement.currency,
            "record": record,
            "at": at,
        }
        connection.execute(_BOOK, row)


_BOOK = insert(transfer)


def _first(connection: Connection, wish: Transfer, levels: Tree) -> list[Movement] | Rule:
    """What stands on its own: limited by what is there, or by what is left under its reservation."""
    currency = str(levels.levels[wish.fund].currency)
    left = _limit(connection, wish)
    amount = wish.amount.minor if wish.amount else left or 0
    if wish.kind is TransferKind.PENDING and (rule := _refused(connection, wish, amount, levels)):
        return rule
    if wish.kind in _TAKING and any(level.available < amount for level in levels_moved(wish, levels)):
        return Rule.FUNDS_SHORT
    if wish.kind is TransferKind.MOVE_OUT and not _movable(wish.fund, amount, levels):
        return Rule.OVER_CAP
    if wish.kind in _FILLING and _over_cap(wish, amount, levels):
        return Rule.OVER_CAP
    if left is not None and amount > left:
        return Rule.COMMITMENT_EXCEEDED
    return [Movement(wish.key, wish.kind, wish, None, amount, currency)] if amount else []


_TAKING = (TransferKind.SELL, TransferKind.MOVE_OUT)
_FILLING = (TransferKind.ALLOT, TransferKind.PAY_IN, TransferKind.BUY)


def _refused(connection: Connection, wish: Transfer, amount: int, levels: Tree) -> Rule | None:
    lineage = levels.lineage(wish.fund)
    if any(level.frozen for level in lineage):
        return Rule.FUND_FROZEN
    short = any(level.available < amount for level in lineage)
    return Rule.FUNDS_SHORT if short or waitlist.holds_back(connection, wish, lineage, levels) else None


def _over_cap(wish: Transfer, amount: int, levels: Tree) -> bool:
    moved = levels_moved(wish, levels)
    return any(level.paid_in + level.exchanged_in + amount > level.cap for level in moved)


def _movable(level: str, amount: int, levels: Tree) -> bool:
    """Whether a level can do with a cap that is lower by ``amount``: its parts still fit."""
    parts = sum(row.cap for row in levels.levels.values() if row.parent == level)
    return bool(parts <= levels.levels[level].cap - amount)


def _limit(connection: Connection, wish: Transfer) -> int | None:
    """What may be moved at most, by what is on the books of the reservation; None: it sets no limit."""
    accounts = _LIMITS.get(wish.kind)
    if accounts is None:
        return None
    of = held(connection, wish.reservation, wish.fund)
    plus, *minus = accounts
    return of[plus] - sum(of[account] for account in minus)


_LIMITS = {
    TransferKind.CALL: (Account.PLEDGED,),
    TransferKind.PAY_IN: (Account.CALLED,),
    TransferKind.DRAW: (Account.CALLED,),
    TransferKind.DECOMMIT: (Account.COMMITTED,),
    TransferKind.ORDER: (Account.COMMITTED,),
    TransferKind.CLAIM: (Account.DISBURSED, Account.RETURNED, Account.RECEIVABLE),
    TransferKind.SETTLE: (Account.RECEIVABLE,),
    TransferKind.RETURN: (Account.DISBURSED, Account.RETURNED),
}
"""The first account, less the others."""


def _resolution(connection: Connection, wish: Transfer, currency: str) -> list[Movement] | Rule:
    """What resolves or corrects another transfer. Resolved for less, it gives the rest back."""
    target = wish.resolves or wish.reservation
    of = {"key": target, "kind": wish.kind.resolves, "fund": wish.fund, "reservation": wish.reservation}
    amount_then = connection.scalar(_TARGET, of)
    if amount_then is None or connection.scalar(_RESOLVED, {"target": target}) is not None:
        return Rule.PENDING_RESOLVED
    amount = wish.amount.minor if wish.amount else amount_then
    rest, back = amount_then - amount, _REST.get(wish.kind)
    if rest < 0 or (rest and back is None):
        return Rule.COMMITMENT_EXCEEDED
    if wish.kind is TransferKind.BOUNCE and amount > not_returned(connection, wish.reservation, wish.fund):
        return Rule.COMMITMENT_EXCEEDED
    movements = [Movement(wish.key, wish.kind, wish, target, amount, currency)]
    if rest and back:
        movements.append(Movement(f"{wish.key}:rest", back, wish, None, rest, currency))
    return movements


_REST = {TransferKind.POST: TransferKind.VOID, TransferKind.PAY: TransferKind.CANCEL}
_TARGET = select(transfer.c.amount).where(
    transfer.c.key == bindparam("key"),
    transfer.c.kind == bindparam("kind"),
    transfer.c.fund == bindparam("fund"),
    transfer.c.reservation == bindparam("reservation"),
)
_RESOLVED = select(transfer.c.key).where(transfer.c.resolves == bindparam("target"))
