"""What a reservation, and the proof of the books, take as a ledger grows."""

import resource
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine, event

from activities.case import record
from activities.money.nightly_proof import Proofs
from adapters.database import migrate
from bench import ledger
from bench.payload import proposing
from bench.programme import UNPAID
from bench.steps import start_of
from models.amount import Amount
from models.case.record import Batch, Entry, Source
from models.money.effects import Moves
from models.money.transfer import Transfer, TransferKind
from models.partnership.partnership import Stage

COLUMNS = ("transfers", "reservation ms", "proof s", "again s", "longest lock ms", "memory MB")
_RESERVATIONS = 25


def measured(database: Engine, transfers: int) -> Iterator[str]:
    """A row of the table: how many transfers, and what each thing took."""
    migrate(database)
    ledger.fill(database, transfers)
    times = [_reserve(database, number) for number in range(_RESERVATIONS)]
    yield f"{transfers:,}"
    yield f"{1000 * median(times):.1f} [{1000 * min(times):.1f}-{1000 * max(times):.1f}]"
    held: list[float] = []
    _watch(database, held)
    for _ in range(2):
        begun = time.perf_counter()
        assert Proofs(database).prove_all().frozen == ()
        yield f"{time.perf_counter() - begun:.1f}"
    yield f"{1000 * max(held):.1f}"
    yield f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}"
    database.dispose()


def _reserve(database: Engine, number: int) -> float:
    """The time that one reservation holds the lock of the record."""
    case, key = f"R-{number}", f"R-{number}:reserve"
    amount = Amount(minor=1, currency="KRW")
    wish = Transfer(key=key, kind=TransferKind.PENDING, fund="grown-part", reservation=key, amount=amount)
    about = {"stage": Stage.FUNDING, "at": ledger.AT}
    begins = proposing(start_of(case, UNPAID))
    proposed = Entry(key=f"{case}:proposed", action="proposed", effects=begins, **about)
    reserved = Entry(key=f"{key}d", action="reserved", effects=(Moves(transfer=wish),), **about)
    source = Source(case=case, workflow_id=f"partnership/{case}", run_id="run", rules="0" * 64)
    with database.begin() as connection:
        record.write(connection, Batch(source=source, entries=(proposed,)))
    begun = time.perf_counter()
    with database.begin() as connection:
        (receipt,) = record.write(connection, Batch(source=source, entries=(reserved,)))
    assert receipt.rule is None, receipt
    return time.perf_counter() - begun


def _watch(database: Engine, held: list[float]) -> None:
    """Note how long each transaction that may write is open."""

    def began(connection: Connection) -> None:
        connection.info["began"] = time.perf_counter()

    def ended(connection: Connection) -> None:
        if not connection.get_execution_options().get("readonly", False):
            held.append(time.perf_counter() - connection.info["began"])

    listeners: dict[str, Any] = {"begin": began, "commit": ended}
    for name, listener in listeners.items():
        event.listen(database, name, listener)
