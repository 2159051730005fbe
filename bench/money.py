"""Money: `python -m bench.money`. Reservations through the whole activity, beside a bare conditional UPDATE.

Interleaved in one run, on SQLite and on PostgreSQL, with one writer and with sixteen; then what a reservation
and the proof take in ledgers of several sizes. Ratios count; the figures belong to the machine.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, event, text

from activities.case.record import Record
from activities.money.fund import register
from adapters.database import connect, migrate
from bench import growth
from models.amount import Amount
from models.case.record import Batch, Entry, Source
from models.money.effects import Moves
from models.money.fund import Fund, Sleeve
from models.money.transfer import Transfer, TransferKind
from models.partnership.partnership import Stage
from testing.postgres import fresh_database, temporary_postgres

ROUNDS = 3
SECONDS = 2.0
WRITERS = (1, 16)
TRANSFERS = [0, 100_000, 500_000]
_BARE = text(
    "UPDATE bare SET available = available - 1, reserved = reserved + 1 WHERE id = 1 AND available >= 1"
)


def main() -> None:
    """Measure both databases and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--transfers", type=int, nargs="*", default=TRANSFERS)
    wish = parser.parse_args()
    _rates(wish.rounds, wish.seconds)
    _growth(wish.transfers)


def _growth(sizes: list[int]) -> None:
    table = Table("database", *growth.COLUMNS, title="Ledgers that grow")
    with tempfile.TemporaryDirectory() as folder, temporary_postgres() as server:
        for size in sizes:
            table.add_row("SQLite", *growth.measured(connect(f"sqlite:///{folder}/{size}.db"), size))
            with fresh_database(server) as url:
                table.add_row("PostgreSQL", *growth.measured(connect(url), size))
    Console(width=120).print(table)


def _rates(rounds: int, seconds: float) -> None:
    table = Table(
        "database", "writers", "bare UPDATE/s", "reservations/s", "ratio", "SQL each", title="Reservations"
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        temporary_postgres() as server,
        fresh_database(server) as url,
    ):
        for name, where in (("SQLite", f"sqlite:///{Path(folder) / 'money.db'}"), ("PostgreSQL", url)):
            for row in _measured(connect(where), rounds, seconds):
                table.add_row(name, *row)
    Console(width=120).print(table)


def _measured(database: Engine, rounds: int, seconds: float) -> Iterator[tuple[str, ...]]:
    _furnish(database)
    numbers, record = count(), Record(database)
    statements = _statements(database, lambda: _reserve(record, next(numbers)))
    for writers in WRITERS:
        bare: list[float] = []
        ours: list[float] = []
        for _ in range(rounds):
            bare.append(_rate(lambda: _update(database), writers, seconds))
            ours.append(_rate(lambda: _reserve(record, next(numbers)), writers, seconds))
        ratios = [mine / other for mine, other in zip(ours, bare, strict=True)]
        spread = f"{median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}]"
        yield str(writers), f"{median(bare):,.0f}", f"{median(ours):,.0f}", spread, str(statements)
    database.dispose()


def _furnish(database: Engine) -> None:
    migrate(database)
    sleeve = Sleeve(id="sleeve", name="Sleeve", cap=10**12)
    smart = Fund(id="fund", name="Fund", currency="KRW", cap=10**12, sleeves=(sleeve,))
    with database.begin() as connection:
        register(connection, smart, datetime.now(UTC))
        connection.execute(
            text("CREATE TABLE bare (id INTEGER PRIMARY KEY, available BIGINT, reserved BIGINT)")
        )
        connection.execute(text("INSERT INTO bare VALUES (1, 1000000000, 0)"))


def _update(database: Engine) -> None:
    with database.begin() as connection:
        assert connection.execute(_BARE).rowcount == 1


def _reserve(record: Record, number: int) -> None:
    """One reservation as a workflow has it made: its entry on record, balances of two levels, the journal."""
    case, key = f"R-{number}", f"R-{number}:reserve"
    amount = Amount(minor=1, currency="KRW")
    wish = Transfer(key=key, kind=TransferKind.PENDING, fund="sleeve", reservation=key, amount=amount)
    moves = (Moves(transfer=wish),)
    entry = Entry(key=f"{key}d", stage=Stage.FUNDING, action="reserved", at=datetime.now(UTC), effects=moves)
    source = Source(case=case, workflow_id=f"partnership/{case}", run_id="run", rules="0" * 64)
    (receipt,) = record.record(Batch(source=source, entries=(entry,))).receipts
    assert receipt.rule is None


def _rate(work: Callable[[], None], writers: int, seconds: float) -> float:
    """How often ``work`` is done in a second by so many threads together."""
    done = Counter[int]()
    begun = time.perf_counter()

    def write(who: int) -> None:
        while time.perf_counter() < begun + seconds:
            work()
            done[who] += 1

    with ThreadPoolExecutor(writers) as threads:
        list(threads.map(write, range(writers)))
    return done.total() / (time.perf_counter() - begun)


def _statements(database: Engine, work: Callable[[], None]) -> int:
    with _counting(database) as counted:
        work()
    return counted.total()


@contextmanager
def _counting(database: Engine) -> Iterator[Counter[str]]:
    counted: Counter[str] = Counter()

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            counted[statement] += 1

    event.listen(database, "before_cursor_execute", listen)
    try:
        yield counted
    finally:
        event.remove(database, "before_cursor_execute", listen)


if __name__ == "__main__":
    main()
