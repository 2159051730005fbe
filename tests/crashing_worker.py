"""A worker that dies by SIGKILL right after a commit, before anybody hears of it. Once: then it behaves.

Usage: python -m tests.crashing_worker HOME KEY. It dies when the entry KEY was just written; the file
HOME/died says that it has.
"""

import asyncio
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from temporalio import activity
from temporalio.worker import Worker

from activities.record import Record
from models.record import Batch, Receipts
from runtime import engine, logs
from runtime.database import connect
from runtime.settings import TASK_QUEUE, Settings
from runtime.working import activities


class Mortal(Record):
    """Writes like Record; then the process is gone."""

    def __init__(self, home: Path, key: str) -> None:
        super().__init__(connect(Settings(home=home).database))
        self._died = home / "died"
        self._key = key

    @activity.defn(name="record")
    def record(self, batch: Batch) -> Receipts:
        """Commit, and die before the engine knows."""
        receipts = super().record(batch)
        if self._key in {entry.key for entry in batch.entries} and not self._died.exists():
            self._died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return receipts


async def main(home: Path, key: str) -> None:
    """Work until killed."""
    client = await engine.connect(home)
    record = Mortal(home, key)
    settings = Settings(home=home)
    with ThreadPoolExecutor(8) as threads:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            activities=activities(record, connect(settings.database), settings),
            activity_executor=threads,
            max_concurrent_activities=8,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        )
        await worker.run()


if __name__ == "__main__":
    logs.configure(50)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
