"""A peer on our own work: DBOS, which people would pick instead. An optional extra: `pip install .[bench]`.

The driver is the process that sends; the worker is the process that writes and answers.
"""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from adapters.database import connect
from bench.driver import Kept
from bench.history import History
from bench.peer_worker import ANSWER, LIFECYCLE, QUEUE, TOPIC, VERSION
from bench.process import WorkerProcess
from bench.steps import STEPS, key
from models.tables.record import record
from runtime.settings import Settings
from runtime.setup import set_up
from testing.postgres import fresh_database

_PATIENCE = 120.0


def installed() -> bool:
    """Whether DBOS is installed here."""
    return importlib.util.find_spec("dbos") is not None


@contextmanager
def dbos(home: Path, postgres: str) -> Iterator[tuple["Peer", WorkerProcess, Engine]]:
    """A driver and its worker on a new database of that PostgreSQL server."""
    from dbos import DBOSClient, run_dbos_database_migrations

    with fresh_database(postgres) as url:
        database = connect(url)
        set_up(database, Settings(home=home, database_url=url))
        run_dbos_database_migrations(url)
        client = DBOSClient(
            system_database_url=url,
            use_listen_notify=True,
            system_database_pool_size=20,
            application_name="bench",
        )
        worker = WorkerProcess([sys.executable, "-m", "bench.peer_worker", url], {}, home / "worker.log")
        try:
            yield Peer(client, database), worker, database
        finally:
            client.destroy()
            database.dispose()


class Peer:
    """Drives DBOS with the messages of our lifecycle, and keeps every answer."""

    decisions = len(STEPS)

    def __init__(self, client: Any, database: Engine) -> None:
        self._client = client
        self._database = database
        self._acknowledged: list[tuple[int, str]] = []

    async def begin(self, case: str) -> None:
        """Enqueue the workflow; returns when it has begun."""
        options = {
            "workflow_name": LIFECYCLE,
            "queue_name": QUEUE,
            "workflow_id": case,
            "app_version": VERSION,
        }
        await self._client.enqueue_async(options, case)
        await self._answer(case, 0)

    async def decide(self, case: str, number: int) -> None:
        """Send one decision, and wait for the event that answers it."""
        step = STEPS[number]
        of = key(step, case)
        content = [of, step.actor, step.gate.partition(".")[0]]
        await self._client.send_async(case, content, TOPIC, idempotency_key=of)
        self._acknowledged.append((await self._answer(case, number + 1), of))

    async def _answer(self, case: str, number: int) -> int:
        seq = await self._client.get_event_async(case, f"{ANSWER}:{number}", _PATIENCE)
        if seq is None:
            raise RuntimeError(f"{case}: no answer to decision {number}")
        return int(seq)

    async def opened(self, case: str, number: int) -> bool:
        """With the answer it waits for the next decision."""
        return number + 1 < self.decisions

    async def ended(self, case: str) -> None:
        """With the last answer nothing is left but to return."""

    async def settled(self) -> None:
        """Nobody is sent anything."""

    async def look(self, case: str) -> History | None:
        """It has no history."""
        return None

    def letters(self, case: str) -> int | None:
        """They stay in the outbox."""
        return None

    def kept(self) -> Kept:
        """Lost is what is not on record under its number and key."""
        with self._database.connect() as connection:
            there = {(row.seq, row.key) for row in connection.execute(select(record.c.seq, record.c.key))}
        return Kept(len(self._acknowledged), sum(answer not in there for answer in self._acknowledged))
