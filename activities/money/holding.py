"""What a case holds of a fund, by its reservations: what has to be given back when it ends early."""

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from activities.money import waitlist
from activities.money.balance import held
from models.money.transfer import Account, TransferKind
from models.money.waitlist import WaitState
from models.tables.money import transfer


class Held(NamedTuple):
    """What is under a reservation, at the level it was made at, in minor units."""

    reservation: str
    fund: str
    reserved: int
    committed: int
    ordered: int


class Due(NamedTuple):
    """A transfer that made money due, and that nothing has resolved."""

    key: str
    fund: str
    reservation: str


def held_by(connection: Connection, case: str) -> list[Held]:
    """What a case holds, the oldest reservation first. What it was offered and knows nothing of is left out:
    who leaves the waiting list gives that back.
    """
    found: list[Held] = []
    for row in connection.execute(_RESERVATIONS, {"of": case}):
        if waitlist.state(connection, row.key) is WaitState.OFFERED:
            continue
        of = held(connection, row.key, row.fund)
        there = (of[Account.RESERVED], of[Account.COMMITTED], of[Account.ORDERED])
        if any(there):
            found.append(Held(row.key, row.fund, *there))
    return found


_RESERVATIONS = (
    select(transfer.c.key, transfer.c.fund)
    .where(transfer.c.case == bindparam("of"), transfer.c.kind == TransferKind.PENDING)
    .order_by(transfer.c.record, transfer.c.key)
)


def due(connection: Connection, case: str) -> list[Due]:
    """What is due by a case and neither paid nor cancelled."""
    return [Due(*row) for row in connection.execute(_DUE, {"of": case})]


_LATER = transfer.alias("later")
_DUE = (
    select(transfer.c.key, transfer.c.fund, transfer.c.reservation)
    .where(transfer.c.case == bindparam("of"), transfer.c.kind == TransferKind.ORDER)
    .where(~select(_LATER.c.key).where(_LATER.c.resolves == transfer.c.key).exists())
    .order_by(transfer.c.record, transfer.c.key)
)
