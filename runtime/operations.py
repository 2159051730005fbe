"""Setting an installation up, running it, showing it off: what `accord setup`, `up`, `env` and `demo` do."""

import asyncio
import fcntl
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

from sqlalchemy import Engine

from runtime import engine, logs
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.worker import working
from testing import fakebank


class Operations:
    """What operators do with one installation."""

    def __init__(self, settings: Settings, database: Engine) -> None:
        self._settings = settings
        self._database = database

    def set_up(self) -> Iterator[str]:
        """Bring schema, programmes, people and namespace up to date; a line for each thing that was done."""
        logs.configure(logging.WARNING)
        for terms in set_up(self._database, self._settings):
            yield f"programme {terms.id} version {terms.version} ({terms.digest()[:12]})"
        if engine.configured() or engine.running(self._settings.home):
            asyncio.run(self._prepare())
            yield "namespace prepared: search attributes, ten years of retention"

    def up(self, demo_bank: bool, say: Callable[[str], None]) -> None:
        """Run engine, database and worker until SIGTERM or Ctrl-C; ``say`` tells people how far it is."""
        logs.configure(logging.INFO)
        with fakebank.open_for(self._settings) if demo_bank else nullcontext(self._settings) as settings:
            asyncio.run(_up(self._database, settings, say))

    def address(self) -> str:
        """Where the embedded engine listens. EngineError: none is running."""
        address = engine.running(self._settings.home)
        if address is None:
            raise engine.EngineError("No engine is running. Start it with `make up`.")
        return address

    def demonstrate(self) -> None:
        """Carry the projects of the demonstration through their lives, and show them."""
        from runtime.demonstration import demonstrate

        logs.configure(logging.WARNING)
        asyncio.run(demonstrate(self._settings, self._database))

    async def _prepare(self) -> None:
        await engine.prepare(await engine.connect(self._settings.home))


async def _up(database: Engine, settings: Settings, say: Callable[[str], None]) -> None:
    home = settings.home
    if not engine.configured() and _attended(home) and (address := engine.running(home)):
        say(f"Running already at {address}; nothing to do.")
        return
    set_up(database, settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with engine.available(home) as client, working(client, database, settings):
        say(f"[bold]Ready.[/bold] Temporal at {client.service_client.config.target_host}.")
        if ui := engine.ui(home):
            say(f"Temporal UI: {ui}")
        say("Try `accord list`, `accord inbox --all`. Ctrl-C stops; nothing is lost.")
        await stop.wait()
        say("Stopping: what was begun is finished first.")


def _attended(home: Path) -> bool:
    """Whether a living process looks after the engine on ``home``: an engine alone does no work."""
    try:
        with (home / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
