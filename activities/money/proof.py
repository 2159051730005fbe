"""Proves the books. Only what was found is written under the lock; nobody waits while it is looked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.case import record
from activities.money import checkpoint, evidence, level
from activities.money.fund import source
from activities.money.portfolio_proof import portfolios
from models.base import digest
from models.case.record import Batch, Entry
from models.money.book import Book, Discrepancy, Proved
from models.money.effects import BOOKS
from models.money.proof import prove_levels, prove_transfers
from models.money.reservation import prove_reservations

WRONG = "the books do not agree"
"""What the reason begins with for which a proof has frozen a fund."""
MOST = 100
"""How many discrepancies of a fund are put on record."""


def check(connection: Connection, root: str | None = None, after: int = 0) -> list[Discrepancy]:
    """Every discrepancy of every fund, or of one, as of one moment.

    Transfers up to the record ``after`` are not looked at one by one (``checkpoint.reached``), unless the
    sums of everything, which always are, disagree.
    """
    _one_moment(connection)
    known = evidence.books(connection)
    found = list(_sums(connection, root))
    after, newest = 0 if found else after, False
    while not newest:
        part = evidence.chunk(connection, after)
        found += _chunk(known, part)
        after, newest = part.last, part.newest
    return [one for one in found if root in (None, one.fund)]


def _one_moment(connection: Connection) -> None:
    """Let everything that is read from now on be as of one moment; SQLite does so by itself."""
    if connection.dialect.name == "postgresql" and not connection.in_transaction():
        connection.execution_options(isolation_level="REPEATABLE READ")


def _sums(connection: Connection, root: str | None = None) -> Iterator[Discrepancy]:
    """Balances, caps and running totals, by the sums of all transfers from the first."""
    known = evidence.books(connection)
    wanted = {name: book for name, book in known.items() if root in (None, book.root)}
    yield from prove_levels(wanted, evidence.sums(connection), evidence.kept(connection))
    yield from portfolios(connection, wanted)


def _chunk(levels: dict[str, Book], part: evidence.Chunk) -> Iterator[Discrepancy]:
    yield from prove_transfers(levels, part.transfers)
    yield from prove_reservations(levels, part.lives, part.totals)


class Proofs:
    """Proves the books, so many transfers at a time, and freezes the funds whose books are wrong."""

    def __init__(self, engine: Engine, chunk: int = evidence.CHUNK) -> None:
        self._engine = engine
        self._chunk = chunk

    @activity.defn(name="prove")
    def prove_all(self) -> Proved:
        """Prove every fund. What is wrong is on record, by name, before anything is frozen.

        Every part is read as of one moment, and the checkpoint kept: stopped, it goes on from there. It does
        not pass anything that is wrong, so that is found again until it is right.
        """
        with self._engine.begin() as connection:
            after = checkpoint.begin(connection, datetime.now(UTC))
        found = _Found()
        with self._reading() as connection:
            roots = {book.root for book in evidence.books(connection).values()}
            found.add(_sums(connection))
        self._go_through(0 if found.by_fund else after, found)
        with self._engine.begin() as connection:
            for root, discrepancies in sorted(found.by_fund.items()):
                _stop(connection, root, discrepancies)
        told = [f"{one.fund}: {one.claim}: {one.detail}"[:300] for one in found.all()]
        return Proved(funds=len(roots), frozen=tuple(sorted(found.by_fund)), discrepancies=tuple(told[:100]))

    def _go_through(self, after: int, found: "_Found") -> None:
        """Prove transfers and reservations, chunk by chunk."""
        newest = False
        while not newest:
            with self._reading() as connection:
                part = evidence.chunk(connection, after, self._chunk)
                found.add(_chunk(evidence.books(connection), part))
            after, newest = part.last, part.newest
            if not found.by_fund:
                with self._engine.begin() as connection:
                    checkpoint.advance(connection, after)
            if not newest and activity.in_activity() and activity.is_worker_shutdown():
                raise ApplicationError("The worker stops; the proof goes on from its checkpoint.")

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(readonly=True) as connection:
            _one_moment(connection)
            yield connection


class _Found:
    """Discrepancies by fund, so many of each at most."""

    def __init__(self) -> None:
        self.by_fund: dict[str, list[Discrepancy]] = {}

    def add(self, found: Iterator[Discrepancy]) -> None:
        """Keep the first of each fund."""
        for one in found:
            of_fund = self.by_fund.setdefault(one.fund, [])
            if len(of_fund) < MOST:
                of_fund.append(one)

    def all(self) -> Iterator[Discrepancy]:
        """All that were kept."""
        return (one for of_fund in self.by_fund.values() for one in of_fund)


def _stop(connection: Connection, root: str, found: list[Discrepancy]) -> None:
    """Put the discrepancies on record and freeze the fund, unless an earlier proof has."""
    record.lock(connection)
    if (level.frozen(connection, root) or "").startswith(WRONG):
        return
    facts = {"discrepancies": [one._asdict() | {"records": list(one.records[:50])} for one in found]}
    entry = Entry(
        key=f"{root}:proof:{digest(facts)[:24]}",
        stage=BOOKS,
        action="books do not agree",
        at=datetime.now(UTC),
        facts=facts,
    )
    (receipt,) = record.write(connection, Batch(source=source(root), entries=(entry,)))
    level.freeze(connection, root, f"{WRONG} (record {receipt.seq})")
