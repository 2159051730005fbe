"""The journal of money in pages: each transfer with the decision behind it, of everything or of a part."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import ColumnElement, Connection, Select, or_, select, true, tuple_

from activities.paging import UnknownPlace, merged
from models.tables.money import fund, transfer
from models.tables.record import record

FEW = 50
"""Levels up to which each is read by its own index and all are merged; of more, the journal is read in its
order, and what is of other funds left out.
"""


class LedgerRow(TypedDict):
    """A transfer, and the entry on record that decided it."""

    key: str
    kind: str
    case: str
    fund: str
    reservation: str
    resolves: str | None
    debit: str
    credit: str
    amount: int
    currency: str
    record: int
    at: datetime
    action: str
    actor: str


def listing(
    connection: Connection, of: str | None = None, limit: int | None = None, after: str | None = None
) -> list[LedgerRow]:
    """Transfers in the order of the record, of a fund or a part of it, or of a case; from behind the transfer
    ``after``; with what was decided, by whom.
    """
    parts = [_transfers(connection, after).where(which) for which in _chosen(connection, of)]
    rows = connection.execute(merged(parts, transfer.c.record, transfer.c.key).limit(limit)).mappings()
    return [cast(LedgerRow, dict(row)) for row in rows]


def _transfers(connection: Connection, after: str | None) -> Select[Any]:
    decided = (_DECISION[name].label(name) for name in ("action", "actor"))
    wanted = select(transfer, *decided)
    if after is None:
        return wanted
    place = connection.scalar(select(transfer.c.record).where(transfer.c.key == after))
    if place is None:
        raise UnknownPlace(after)
    return wanted.where(tuple_(transfer.c.record, transfer.c.key) > tuple_(place, after))


_DECISION = {
    name: select(record.c[name]).where(record.c.seq == transfer.c.record).scalar_subquery()
    for name in ("action", "actor")
}
"""Looked up for each row that is shown: a join may begin at the other end, with all of the record."""


def _chosen(connection: Connection, of: str | None) -> Sequence[ColumnElement[bool]]:
    """Conditions that exclude each other; each is read in order by an index."""
    if of is None:
        return (true(),)
    below = select(fund.c.id).where(or_(fund.c.id == of, fund.c.root == of, fund.c.parent == of))
    levels = list(connection.scalars(below.order_by(fund.c.id)))
    if len(levels) > FEW:
        return (or_(transfer.c.case == of, transfer.c.fund.in_(levels)),)
    return (*(transfer.c.fund == level for level in levels), _of_case(of, levels))


def _of_case(of: str, levels: Sequence[str]) -> ColumnElement[bool]:
    case = transfer.c.case == of
    return case & transfer.c.fund.not_in(levels) if levels else case
