"""The worker: runs workflows and activities until SIGTERM or Ctrl-C, then finishes what it has begun."""

import asyncio
import contextlib
import os
import sys

from adapters.database import connect
from adapters.key_files import KeyProblem
from models.files import InvalidFile
from runtime import engine, home, logs
from runtime.settings import Settings
from runtime.stopping import told_to_stop
from runtime.worker import working


async def run() -> None:
    """Connect, check that all is prepared, work until told to stop."""
    settings, stop = Settings(), told_to_stop()
    home.guard(settings.home)
    client = await engine.connect(settings)
    await engine.check(client)
    async with working(client, connect(settings.database), settings):
        while not stop.is_set():
            if settings.health_file:
                settings.health_file.touch()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await stop.wait()


def main() -> None:
    """The program: `python worker.py`."""
    os.umask(home.PRIVATE)
    logs.configure()
    try:
        asyncio.run(run())
    except (engine.EngineError, home.HomeProblem, KeyProblem, InvalidFile) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
