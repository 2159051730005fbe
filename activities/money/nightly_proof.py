"""The proof at night. Only what was found is written under the lock; nobody waits while it is looked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.case import record
from activities.money import checkpoint, evidence, level
from activities.money.fund import source
from activities.money.proof import one_moment, sums, transfers
from models.base import digest
from models.case.record import Batch, Entry
from models.money.book import Discrepancy, Proved
from models.money.effects import BOOKS, Freezes

WRONG = "the books do not agree"
"""What the reason begins with for which a proof has frozen a fund."""
MOST = 100
"""How many discrepancies of a fund are put on record."""


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
        found = Found()
        with self._reading() as connection:
            roots = {book.root for book in evidence.books(connection).values()}
            found.add(sums(connection))
        self._go_through(0 if found.by_fund else after, found)
        return found.settled(self._engine, len(roots))

    def _go_through(self, after: int, found: "Found") -> None:
        """Prove transfers and reservations, chunk by chunk."""
        newest = False
        while not newest:
            with self._reading() as connection:
                part = evidence.chunk(connection, after, self._chunk)
                found.add(transfers(evidence.books(connection), part))
            after, newest = part.last, part.newest
            if not found.by_fund:
                with self._engine.begin() as connection:
                    checkpoint.advance(connection, after)
            if not newest and activity.in_activity() and activity.is_worker_shutdown():
                raise ApplicationError("The worker stops; the proof goes on from its checkpoint.")

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(readonly=True) as connection:
            one_moment(connection)
            yield connection


class Found:
    """Discrepancies by fund, so many of each at most."""

    def __init__(self) -> None:
        self.by_fund: dict[str, list[Discrepancy]] = {}

    def add(self, found: Iterator[Discrepancy]) -> None:
        """Keep the first of each fund."""
        for one in found:
            of_fund = self.by_fund.setdefault(one.fund, [])
            if len(of_fund) < MOST:
                of_fund.append(one)

    def settled(self, engine: Engine, funds: int) -> Proved:
        """What the proof of so many ``funds`` came to, once it is on record and they are frozen."""
        with engine.begin() as connection:
            for root, discrepancies in sorted(self.by_fund.items()):
                _stop(connection, root, discrepancies)
        all_ = (one for of_fund in self.by_fund.values() for one in of_fund)
        told = [f"{one.fund}: {one.claim}: {one.detail}"[:300] for one in all_]
        return Proved(funds=funds, frozen=tuple(sorted(self.by_fund)), discrepancies=tuple(told[:100]))


def _stop(connection: Connection, root: str, found: list[Discrepancy]) -> None:
    """Put the discrepancies on record and freeze the fund, unless an earlier proof has."""
    number = record.lock(connection) + 1
    if (level.frozen(connection, root) or "").startswith(WRONG):
        return
    facts = {"discrepancies": [one._asdict() | {"records": list(one.records[:50])} for one in found]}
    entry = Entry(
        key=f"{root}:proof:{digest(facts)[:24]}",
        stage=BOOKS,
        action="books do not agree",
        at=datetime.now(UTC),
        facts=facts,
        effects=(Freezes(level=root, why=f"{WRONG} (record {number})"),),
    )
    record.write(connection, Batch(source=source(root), entries=(entry,)))
