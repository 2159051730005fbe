"""Balances: what a level or a reservation has in each account, and how a transfer moves it."""

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, Row, Update, bindparam, func, select, update

from activities.money.level import Tree
from models.money.transfer import Account, Transfer, TransferKind
from models.tables.money import fund, transfer


def held(connection: Connection, reservation: str, level: str) -> dict[Account, int]:
    """What ``level`` holds in each account under ``reservation``, in minor units."""
    of = dict.fromkeys(Account, 0)
    for row in connection.execute(_HELD, {"of": reservation, "level": level}):
        add(of, row.kind, row.total)
    return of


def not_returned(connection: Connection, reservation: str, level: str) -> int:
    """What payees have of a reservation, and have not given back: no bank can send back more."""
    of = held(connection, reservation, level)
    return of[Account.DISBURSED] - of[Account.RETURNED]


_HELD = (
    select(transfer.c.kind, func.sum(transfer.c.amount).label("total"))
    .where(transfer.c.reservation == bindparam("of"), transfer.c.fund == bindparam("level"))
    .group_by(transfer.c.kind)
)


def add(balances: dict[Account, int], kind: str, amount: int) -> None:
    """Let ``balances`` follow a transfer of this kind."""
    for account, sign in TransferKind(kind).legs.effects().items():
        balances[account] += sign * int(amount)


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
