"""Proves the books: reads every balance and the whole journal, and compares."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, select

from models.proof import Book, Discrepancy, Posted, prove
from models.tables.fund import fund, transfer
from models.tables.record import record
from models.transfer import Account


def check(connection: Connection, root: str | None = None) -> list[Discrepancy]:
    """Every discrepancy of every fund, or of one, as of one moment: read it in one transaction."""
    books = select(fund) if root is None else select(fund).where(fund.c.root == root)
    own = select(fund.c.id).where(fund.c.root == root)
    journal = _POSTED if root is None else _POSTED.where(transfer.c.fund.in_(own))
    return prove(_books(connection, books), _journal(connection, journal))


def _books(connection: Connection, wanted: Select[Any]) -> Iterator[Book]:
    for row in connection.execute(wanted).mappings():
        balances = {account: row[account] for account in Account}
        yield Book(row["id"], row["root"], row["parent"], row["currency"], row["cap"], balances)


_POSTED = (
    select(
        *(transfer.c[name] for name in Posted._fields[:11]),
        record.c.payload,
        record.c.case.label("cited_case"),
        record.c.rule,
    )
    .outerjoin(record, record.c.seq == transfer.c.record)
    .order_by(transfer.c.record)
)


def _journal(connection: Connection, wanted: Select[Any]) -> Iterator[Posted]:
    for row in connection.execute(wanted.execution_options(yield_per=1000)):
        decided = row.payload is not None and row.rule is None
        cited = json.loads(row.payload)["transfer"] if decided else None
        yield Posted(*row[:11], cited, row.cited_case)  # type: ignore[call-arg]
