"""What the proof of the books reads: levels, sums of everything, and the journal in bounded chunks."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, func, select

from models.money.book import Book, Posted, Sum, Total
from models.money.transfer import Account, TransferKind
from models.tables.money import fund, reservation_total, transfer
from models.tables.record import record as records

CHUNK = 2000
"""Transfers that are proved at a time: some megabytes, a fraction of a second."""


def books(connection: Connection) -> dict[str, Book]:
    """Every level as it is stored."""
    rows = connection.execute(select(fund)).mappings()
    return {
        row["id"]: Book(row["id"], row["root"], row["parent"], row["currency"], row["cap"], _accounts(row))
        for row in rows
    }


def sums(connection: Connection) -> list[Sum]:
    """What all transfers come to, by level and kind: added up by the database."""
    return [Sum(row.fund, row.kind, int(row.amount), row.record) for row in connection.execute(_SUMS)]


_SUMS = select(
    transfer.c.fund,
    transfer.c.kind,
    func.sum(transfer.c.amount).label("amount"),
    func.max(transfer.c.record).label("record"),
).group_by(transfer.c.fund, transfer.c.kind)


def kept(connection: Connection) -> dict[str, dict[Account, int]]:
    """What all running totals of reservations come to, by level."""
    return {row["fund"]: _accounts(row) for row in connection.execute(_KEPT).mappings()}


_KEPT = select(
    reservation_total.c.fund, *(func.sum(reservation_total.c[account]).label(account) for account in Account)
).group_by(reservation_total.c.fund)


def _accounts(row: Any) -> dict[Account, int]:
    return {account: int(row[account]) for account in Account}


class Chunk(NamedTuple):
    """Some transfers in the order of the record; and the reservations of which the newest is among them."""

    transfers: list[Posted]
    lives: list[Posted]
    """All transfers of these reservations, from the first, at whichever level."""
    totals: list[Total]
    """All that is kept of these reservations."""
    last: int
    """The record up to which it goes."""
    newest: bool
    """Whether there is nothing after it."""


def chunk(connection: Connection, after: int, size: int = CHUNK) -> Chunk:
    """The next transfers after a record."""
    newest = connection.scalars(_NEXT, {"after": after, "size": size}).all()
    last, ends = max(newest, default=after), len(newest) < size
    transfers = list(_posted(connection.execute(_TRANSFERS, {"after": after, "last": last})))
    names = connection.scalars(_NAMES, {"after": after, "last": _EVER if ends else last})
    of = {"of": sorted(set(names))}
    lives = list(_posted(connection.execute(_LIVES, of)))
    totals = [_total(row) for row in connection.execute(_TOTALS, of)]
    return Chunk(transfers, lives, totals, last, ends)


def _total(row: Row[Any]) -> Total:
    return Total(row.reservation, row.fund, row.case, row.record, _accounts(row._mapping))


def _posted(rows: Iterable[Any]) -> Iterator[Posted]:
    for row in rows:
        cited = _transfer_in(row.payload) if row.payload is not None and row.rule is None else None
        yield Posted(*row[:11], cited, row.cited_case, row.counted)  # type: ignore[call-arg]


def _transfer_in(payload: str) -> dict[str, object] | None:
    """The transfer that an entry on record asks for; None where it asks for none, or cannot be read."""
    try:
        effects = json.loads(payload)["effects"]
        found = next((one["transfer"] for one in effects if "transfer" in one), None)
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None


_EVER = 2**62
"""After every record: a total that claims to count more than there is, is read at the end."""
_NEXT = (
    select(transfer.c.record)
    .where(transfer.c.record > bindparam("after"))
    .order_by(transfer.c.record)
    .limit(bindparam("size"))
)
_FIELDS = [transfer.c[name] for name in Posted._fields[:11]]
_ENTRY = (records.c.payload, records.c.rule, records.c.case.label("cited_case"))
_COUNTS = and_(
    reservation_total.c.reservation == transfer.c.reservation, reservation_total.c.fund == transfer.c.fund
)
_TRANSFERS = (
    select(*_FIELDS, *_ENTRY, reservation_total.c.record.label("counted"))
    .outerjoin(records, records.c.seq == transfer.c.record)
    .outerjoin(reservation_total, _COUNTS)
    .where(transfer.c.record > bindparam("after"), transfer.c.record <= bindparam("last"))
    .order_by(transfer.c.record, transfer.c.key)
)
_NAMES = select(reservation_total.c.reservation).where(
    reservation_total.c.record > bindparam("after"), reservation_total.c.record <= bindparam("last")
)
_TOTALS = select(reservation_total).where(
    reservation_total.c.reservation.in_(bindparam("of", expanding=True))
)
_BOUGHT = and_(records.c.seq == transfer.c.record, transfer.c.kind == TransferKind.BUY)
"""Of an exchange the rate is needed, which is in the entry; of the others nothing."""
_LIVES = (
    select(*_FIELDS, *_ENTRY, transfer.c.record.label("counted"))
    .outerjoin(records, _BOUGHT)
    .where(transfer.c.reservation.in_(bindparam("of", expanding=True)))
    .order_by(transfer.c.record, transfer.c.key)
)
