"""A worker that holds on to one piece of work, until it is told to go on. The file HOME/held says that it
does (it has the token of the task), the file HOME/go-on tells it.

Usage: python -m tests.support.lingering_worker HOME record|rights. ``record``: what it holds was just
committed, and nobody has heard of it; ``rights``: it holds a workflow task, which asks what somebody may.
"""

import asyncio
import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine
from temporalio import activity

from activities.case.record import Record
from activities.case.rights import Directory
from activities.payment.sending import Payments
from adapters.bank_http import bank
from adapters.database import connect
from models.case.record import Batch, Receipts
from models.case.rights import Asked, Rights
from runtime import logs
from runtime.keys import door
from runtime.settings import Settings
from runtime.temporal import engine
from runtime.workers.hiring import hires
from runtime.workers.supervision import kept_at_work
from runtime.workers.worker import activities, banking


class LingeringRecord(Record):
    """Writes like Record, and lingers after a vote."""

    def __init__(self, database: Engine, home: Path) -> None:
        super().__init__(database)
        self._home = home

    @activity.defn(name="record")
    def record(self, batch: Batch) -> Receipts:
        """Commit, and say so later."""
        receipts = super().record(batch)
        if any(":vote:" in entry.key for entry in batch.entries):
            linger(self._home)
        return receipts


class LingeringDirectory(Directory):
    """Knows what Directory knows, and lingers over it."""

    home: Path

    @activity.defn(name="rights")
    def rights(self, asked: Asked) -> Rights:
        """Say later what somebody may."""
        found = super().rights(asked)
        linger(self.home)
        return found


def linger(home: Path) -> None:
    """Once, until told to go on."""
    if not (home / "held").exists():
        (home / "token").write_bytes(activity.info().task_token)
        (home / "token").rename(home / "held")
        while not (home / "go-on").exists():
            time.sleep(0.02)


async def main(home: Path, where: str) -> None:
    """Work until killed."""
    settings = Settings(home=home)
    database, client = connect(settings.database), await engine.connect(settings)
    record = LingeringRecord(database, home) if where == "record" else Record(database)
    known = activities(record, database, settings)
    if where == "rights":
        directory = LingeringDirectory(database, door(settings))
        directory.home = home
        known = [one for one in known if one.__name__ != "rights"] + [directory.rights]
    with hires(
        client, settings, (known, banking(Payments(database, bank(settings)))), (), timedelta()
    ) as workers:
        async with kept_at_work(workers, timedelta()):
            await asyncio.Event().wait()


if __name__ == "__main__":
    logs.configure(50)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
