"""The ledger: moves money between the accounts of a fund, inside the transaction of its decision.

What a transfer costs does not grow with the transfers before it: what is held is read from running totals,
which are kept in the same transaction.
"""

from datetime import datetime

from sqlalchemy import Connection, insert

from activities.money import balance, portfolio
from activities.money.level import tree
from activities.money.movement import wanted
from models.case.rule import Broken
from models.money.movement import Movement
from models.money.transfer import Transfer
from models.tables.money import transfer


def move(connection: Connection, wish: Transfer, case: str) -> list[Movement] | Broken:
    """Move the balances, or say which rule forbids it (then nothing has moved).

    Whoever writes the record has locked its counter, so nobody else moves money meanwhile; the guard in the
    UPDATE, and the checks of the table behind it, hold even so.
    """
    levels = tree(connection, wish.fund)
    found = wanted(connection, wish, case, levels)
    if isinstance(found, Broken):
        return found
    moved = balance.levels_moved(wish, levels)
    limited = tuple(level.id for level in moved if level.limits)
    for movement in found:
        balance.shift(connection, movement.kind, movement.amount, [level.id for level in moved])
    return [movement._replace(limited=limited) for movement in found]


def book(connection: Connection, movements: list[Movement], case_: str, record: int, at: datetime) -> None:
    """Write the transfers behind moved balances, citing the record that decided them. Totals follow."""
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
        balance.count(connection, movement, case_, record)
        if movement.limited and (by := movement.kind.holds * movement.amount):
            portfolio.count(connection, case_, dict.fromkeys(movement.limited, by))


_BOOK = insert(transfer)
