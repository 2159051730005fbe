"""Balances: what a level or a reservation has in each account, and how a transfer moves it."""

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, Row, Update, bindparam, insert, select, update

from activities.money.level import Tree
from models.money.movement import Movement
from models.money.transfer import Account, Transfer, TransferKind
from models.tables.money import fund, reservation_total


def held(connection: Connection, reservation: str, level: str) -> dict[Account, int]:
    """What ``level`` holds in each account under ``reservation``, in minor units."""
    row = connection.execute(_HELD, {"of": reservation, "level": level}).mappings().first()
    return {account: int(row[account]) if row else 0 for account in Account}


def not_returned(connection: Connection, reservation: str, level: str) -> int:
    """What payees have of a reservation, and have not given back: no bank can send back more."""
    of = held(connection, reservation, level)
    return of[Account.DISBURSED] - of[Account.RETURNED]


_HELD = select(*(reservation_total.c[account] for account in Account)).where(
    reservation_total.c.reservation == bindparam("of"), reservation_total.c.fund == bindparam("level")
)


def levels_moved(wish: Transfer, levels: Tree) -> list[Row[Any]]:
    """The levels that a transfer moves."""
    lineage = levels.lineage(wish.fund)
    return lineage[:1] if wish.kind.own else lineage


def shift(connection: Connection, kind: TransferKind, amount: int, at: list[str]) -> None:
    """Move the balances of every level of ``at``. RuntimeError: that would overdraw one; what may not be
    moved has been found out before, so transfers and balances disagree, and all stops.
    """
    shifted = connection.execute(_shifting(kind), {"levels": at, "by": amount})
    if shifted.rowcount != len(at):
        raise RuntimeError(f"the balances of {', '.join(at)} do not cover {kind} of {amount}")


@cache
def _shifting(kind: TransferKind) -> Update:
    """One conditional UPDATE for all levels, so that any number of writers cannot overdraw together."""
    by: BindParameter[int] = bindparam("by", type_=BigInteger)
    effects = kind.legs.effects()
    covered = [fund.c[account] >= by for account, sign in effects.items() if sign < 0]
    values = {fund.c[account]: fund.c[account] + sign * by for account, sign in effects.items()}
    if kind.caps:
        values[fund.c.cap] = fund.c.cap + kind.caps * by
    within = fund.c.id.in_(bindparam("levels", expanding=True))
    return update(fund).where(within, *covered).values(values)


def count(connection: Connection, movement: Movement, case: str, record: int) -> None:
    """Let the running total of a reservation follow a transfer, which ``record`` decided."""
    kind, by, of = movement.kind, movement.amount, movement.wish
    where = {"of": of.reservation, "level": of.fund, "by": by, "newest": record}
    made = kind is TransferKind.PENDING  # it makes the reservation, so there is no total yet
    if made or not connection.execute(_counting(kind), where).rowcount:
        row = {"reservation": of.reservation, "fund": of.fund, "case": case, "record": record}
        moved = {str(account): sign * by for account, sign in kind.legs.effects().items()}
        connection.execute(_BEGIN, row | dict.fromkeys(map(str, Account), 0) | moved)


_BEGIN = insert(reservation_total)


@cache
def _counting(kind: TransferKind) -> Update:
    by: BindParameter[int] = bindparam("by", type_=BigInteger)
    total = reservation_total
    moved = {total.c[account]: total.c[account] + sign * by for account, sign in kind.legs.effects().items()}
    mine = (total.c.reservation == bindparam("of"), total.c.fund == bindparam("level"))
    return update(total).where(*mine).values({**moved, total.c.record: bindparam("newest")})
