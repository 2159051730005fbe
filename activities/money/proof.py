"""Proves the books: reads every balance and the whole journal, and compares."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select
from temporalio import activity

from activities.case import record
from activities.money import level
from activities.money.fund import source
from models.case.record import Batch, Entry
from models.money.book import Book, Discrepancy, Posted, Proved
from models.money.effects import BOOKS
from models.money.proof import prove
from models.money.transfer import Account
from models.tables.money import fund, transfer
from models.tables.record import record as records

WRONG = "the books do not agree"
"""What the reason begins with for which a proof has frozen a fund."""


class Proofs:
    """Proves the books, and freezes the funds whose books are wrong."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @activity.defn(name="prove")
    def prove_all(self) -> Proved:
        """Prove every fund as of now. What is wrong is on record, by name, before anything is frozen."""
        with self._engine.begin() as connection:
            record.lock(connection)
            found = check(connection)
            funds = connection.scalar(select(func.count()).select_from(fund).where(fund.c.parent.is_(None)))
            wrong = sorted({one.fund for one in found})
            for root in wrong:
                _stop(connection, root, [one for one in found if one.fund == root])
        told = tuple(f"{one.fund}: {one.claim}: {one.detail}"[:300] for one in found[:100])
        return Proved(funds=int(funds or 0), frozen=tuple(wrong), discrepancies=told)


def _stop(connection: Connection, root: str, found: list[Discrepancy]) -> None:
    """Put the discrepancies on record and freeze the fund, unless an earlier proof has."""
    facts = {"discrepancies": [one._asdict() | {"records": list(one.records[:50])} for one in found[:100]]}
    if not (level.frozen(connection, root) or "").startswith(WRONG):
        entry = Entry(
            key=f"{root}:proof:{record.lock(connection) + 1}",
            stage=BOOKS,
            action="books do not agree",
            at=datetime.now(UTC),
            facts=facts,
        )
        (receipt,) = record.write(connection, Batch(source=source(root), entries=(entry,)))
        level.freeze(connection, root, f"{WRONG} (record {receipt.seq})")


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
        records.c.payload,
        records.c.case.label("cited_case"),
        records.c.rule,
    )
    .outerjoin(records, records.c.seq == transfer.c.record)
    .order_by(transfer.c.record)
)


def _journal(connection: Connection, wanted: Select[Any]) -> Iterator[Posted]:
    for row in connection.execute(wanted.execution_options(yield_per=1000)):
        decided = row.payload is not None and row.rule is None
        cited = json.loads(row.payload)["transfer"] if decided else None
        yield Posted(*row[:11], cited, row.cited_case)  # type: ignore[call-arg]
