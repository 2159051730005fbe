"""How fast decisions are made that came while no worker was there: `python -m bench.backlog`.

One engine, one PostgreSQL; in each turn as many cases wait at their first gate, and get one vote each by
signal. Then one worker begins, or two, by turns. Counted from the first vote on record to the last but ten.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median

from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import Engine, func, select
from temporalio.client import Client

from bench.measure import cases
from bench.ours import Ours
from bench.process import WorkerProcess
from bench.stand import database_of
from bench.steps import STEPS, message
from models.tables.record import record
from runtime import logs
from runtime.settings import ROOT, Settings
from runtime.temporal.embedded import Embedded
from runtime.workers.worker import working
from testing.postgres import temporary_postgres


class Drain:
    """Has cases wait, and measures how they go on."""

    def __init__(self, client: Client, settings: Settings, database: Engine) -> None:
        self._client = client
        self._settings = settings
        self._database = database
        self._ours = Ours(client, self._database, settings.home)

    async def rate(self, waiting: list[str], workers: int) -> float:
        """Votes a second with so many workers."""
        async with working(self._client, self._database, self._settings):
            for case in waiting:
                await self._ours.begin(case)
            await self._ours.settled()
        for case in waiting:
            handle = self._client.get_workflow_handle(f"partnership/{case}")
            await handle.signal(STEPS[0].update, message(STEPS[0], case, self._ours.hash_of(case)))
        return await self._drained(waiting, [self._worker(n) for n in range(workers)])

    async def _drained(self, waiting: list[str], workers: list[WorkerProcess]) -> float:
        for worker in workers:
            worker.start()
        try:
            await self._counted(waiting, 1)
            began, first = time.perf_counter(), self._votes(waiting)
            counted = await self._counted(waiting, len(waiting) - 10)
            return (counted - first) / (time.perf_counter() - began)
        finally:
            await self._counted(waiting, len(waiting))
            for worker in workers:
                worker.kill()

    async def _counted(self, waiting: list[str], number: int) -> int:
        """Wait for so many votes on record."""
        while True:
            if (there := self._votes(waiting)) >= number:
                return there
            await asyncio.sleep(0.05)

    def _votes(self, waiting: list[str]) -> int:
        counted = select(func.count()).where(record.c.action == "vote approve", record.c.case.in_(waiting))
        with self._database.connect() as connection:
            return connection.scalar(counted) or 0

    def _worker(self, number: int) -> WorkerProcess:
        home = self._settings.home
        there = {
            "ACCORD_HOME": str(home),
            "ACCORD_DATABASE_URL": self._settings.database,
            "ACCORD_HEALTH_FILE": str(home / f"worker-{number}.json"),
        }
        return WorkerProcess([sys.executable, str(ROOT / "worker.py")], there, home / "worker.log")


async def main(turns: int, votes: int) -> None:
    """Measure by turns, and print the rates."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    with (
        tempfile.TemporaryDirectory(prefix="accord-bench-", ignore_cleanup_errors=True) as folder,
        temporary_postgres() as server,
        database_of(Path(folder), server) as (url, database),
    ):
        settings = Settings(home=Path(folder), database_url=SecretStr(url))
        engine = Embedded(settings.home)
        drain, todo = Drain(await engine.start(), settings, database), cases("B")
        try:
            for turn in range(2 * turns):
                workers = (1, 2)[(turn + turn // 2) % 2]  # neither always goes first
                rates[workers].append(await drain.rate(list(islice(todo, votes)), workers))
        finally:
            engine.stop()
    one, two = median(rates[1]), median(rates[2])
    for workers, found in rates.items():
        Console().print(f"{workers}: {', '.join(f'{rate:.0f}' for rate in found)} votes/s")
    Console().print(f"two workers : one = {two / one:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.backlog", description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=3, help="of each")
    parser.add_argument("--votes", type=int, default=300, help="that wait in each turn")
    asked = parser.parse_args()
    logs.configure(50)
    asyncio.run(main(asked.turns, asked.votes))
