"""Movements: what a transfer moves, by what is on the books, or the rule that forbids it."""

from sqlalchemy import Connection, bindparam, select

from activities.money import limits, waitlist
from activities.money.balance import held, levels_moved, not_returned
from activities.money.level import Tree, room_above
from models.case.rule import Broken, CaseRule, Rule
from models.money.movement import Movement
from models.money.rule import MoneyRule
from models.money.transfer import REST, Account, Transfer, TransferKind
from models.tables.money import transfer


def wanted(connection: Connection, wish: Transfer, case: str, levels: Tree) -> list[Movement] | Broken:
    """What a transfer moves, or the rule that forbids it."""
    if wish.fund not in levels.levels:
        return Broken(MoneyRule.UNKNOWN_FUND, f"({wish.fund})")
    currency = str(levels.levels[wish.fund].currency)
    if wish.amount and wish.amount.currency != currency:
        return Broken(MoneyRule.WRONG_CURRENCY, f"{wish.fund} is in {currency}.")
    if wish.kind.resolves:
        return _resolution(connection, wish, currency)
    if wish.amount is None and wish.kind not in _LIMITS:
        return Broken(CaseRule.MALFORMED, f"It takes an amount to {wish.kind}.")
    if wish.kind is TransferKind.PENDING:
        if wish.reservation != wish.key:
            return Broken(CaseRule.MALFORMED, f"{wish.key} is a reservation: it goes by its own key.")
        if broken := limits.broken(connection, wish, case, levels):
            return broken
    return _first(connection, wish, levels)


def _first(connection: Connection, wish: Transfer, levels: Tree) -> list[Movement] | Broken:
    """What stands on its own: limited by what is there, or by what is left under its reservation."""
    currency = str(levels.levels[wish.fund].currency)
    left = _limit(connection, wish)
    amount = wish.amount.minor if wish.amount else left or 0
    if wish.kind is TransferKind.PENDING and (rule := _refused(connection, wish, amount, levels)):
        return Broken(rule)
    if wish.kind in _TAKING and any(level.available < amount for level in levels_moved(wish, levels)):
        return Broken(MoneyRule.FUNDS_SHORT)
    if wish.kind.caps < 0 and not _movable(wish.fund, amount, levels):
        return Broken(MoneyRule.OVER_CAP)
    if wish.kind is TransferKind.SUPPLEMENT and not room_above(levels, wish.fund, amount):
        return Broken(MoneyRule.OVER_CAP, f"The one above {wish.fund} has no room for it.")
    if wish.kind in _FILLING and _over_cap(wish, amount, levels):
        return Broken(MoneyRule.OVER_CAP)
    if left is not None and amount > left:
        return Broken(MoneyRule.COMMITMENT_EXCEEDED)
    return [Movement(wish.key, wish.kind, wish, None, amount, currency)] if amount else []


_TAKING = (TransferKind.SELL, TransferKind.MOVE_OUT, TransferKind.CUT)
_FILLING = (TransferKind.ALLOT, TransferKind.PAY_IN, TransferKind.BUY)


def _refused(connection: Connection, wish: Transfer, amount: int, levels: Tree) -> Rule | None:
    lineage = levels.lineage(wish.fund)
    if any(level.frozen for level in lineage):
        return MoneyRule.FUND_FROZEN
    short = any(level.available < amount for level in lineage)
    return MoneyRule.FUNDS_SHORT if short or waitlist.holds_back(connection, wish, lineage, levels) else None


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
    return max(0, of[plus] - sum(of[account] for account in minus))


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


def _resolution(connection: Connection, wish: Transfer, currency: str) -> list[Movement] | Broken:
    """What resolves or corrects another transfer. Resolved for less, it gives the rest back."""
    target = wish.resolves or wish.reservation
    then = connection.execute(_TARGET, {"key": target}).first()
    fits = then is not None and then[:3] == (wish.kind.resolves, wish.fund, wish.reservation)
    if then is None or not fits or connection.scalar(_RESOLVED, {"target": target}) is not None:
        return Broken(MoneyRule.PENDING_RESOLVED)
    amount = wish.amount.minor if wish.amount else then.amount
    rest, back = then.amount - amount, REST.get(wish.kind)
    if rest < 0 or (rest and back is None):
        return Broken(MoneyRule.COMMITMENT_EXCEEDED)
    if wish.kind is TransferKind.BOUNCE and amount > not_returned(connection, wish.reservation, wish.fund):
        return Broken(MoneyRule.COMMITMENT_EXCEEDED)
    movements = [Movement(wish.key, wish.kind, wish, target, amount, currency)]
    if rest and back:
        movements.append(Movement(f"{wish.key}:rest", back, wish, None, rest, currency))
    return movements


_TARGET = select(transfer.c.kind, transfer.c.fund, transfer.c.reservation, transfer.c.amount).where(
    transfer.c.key == bindparam("key")  # by nothing else: a database could take another index for that
)
_RESOLVED = select(transfer.c.key).where(transfer.c.resolves == bindparam("target"))
