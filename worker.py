"""The worker: runs workflows and activities until SIGTERM or Ctrl-C, then finishes what it has begun."""

import asyncio
import os
import sys

from adapters.database import connect
from adapters.key_files import KeyProblem
from models.files import InvalidFile
from runtime import home, logs
from runtime.measuring import telemetry
from runtime.settings import Settings
from runtime.temporal import engine
from runtime.watching.leaving import leave
from runtime.watching.naming import called
from runtime.watching.notify import Supervisor
from runtime.watching.stopping import told_to_stop
from runtime.workers.readiness import Readiness
from runtime.workers.signs import Signs
from runtime.workers.worker import working


async def run(supervisor: Supervisor) -> None:
    """Connect, check that all is prepared, work until told to stop; say every few seconds how it is."""
    settings, stop = Settings(), told_to_stop()
    home.guard(settings.home)
    metrics = telemetry.metrics(settings)
    client = await engine.connect(settings, metrics.runtime if metrics else None)
    await engine.check(client)
    database = connect(settings.database)
    async with working(client, database, settings, metrics=metrics):
        await Signs(settings.health, supervisor).give(Readiness(client, database), stop)


def main() -> None:
    """The program: `python worker.py`."""
    os.umask(home.PRIVATE)
    logs.configure()
    supervisor = Supervisor()
    called("accord-spare")
    if not supervisor.wants_it():
        return
    called("accord-worker")
    try:
        asyncio.run(run(supervisor))
    except (engine.EngineError, home.HomeProblem, KeyProblem, InvalidFile) as error:
        sys.exit(str(error))
    telemetry.finished()
    leave(0)


if __name__ == "__main__":
    main()
