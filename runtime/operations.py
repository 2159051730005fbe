"""Setting an installation up, running it, showing it off: what `accord setup`, `up`, `env` and `demo` do."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext

from sqlalchemy import Engine
from temporalio.client import Client

from models.case.envelope import Belief, Mode
from runtime import keys, logs
from runtime.care.comparing import compared
from runtime.mode import write_down
from runtime.settings import Settings
from runtime.setup import set_up, told, waits
from runtime.temporal import engine
from runtime.temporal.available import available, owned
from runtime.temporal.taking import EngineBusy
from runtime.watching.reporting import reported
from runtime.watching.stopping import CLOSING, LONGEST, told_to_stop
from runtime.watching.watch import watched
from runtime.wire.encryption import encrypt
from runtime.workers.worker_process import WorkerProcess
from testing import fakebank


class Operations:
    """What operators do with one installation."""

    def __init__(self, settings: Settings, database: Engine) -> None:
        self._settings = settings
        self._database = database

    def set_up(self, actor: str | None, belief: Belief, attested: bool, encrypted: bool) -> Iterator[str]:
        """Bring schema, programmes, people and namespace up to date; a line for each thing that was done.
        ``belief`` is what is believed of the actor.

        ``attested``: from now on, and for ever, whoever acts must be signed in. ``encrypted``: from now on
        what the engine keeps of payloads is read by nobody without the keys.
        """
        logs.configure(logging.WARNING)
        if attested:
            write_down(self._settings)
        yield from told(set_up(self._database, self._settings, actor, belief))
        if encrypted:
            encrypt(self._database, keys.ciphers(self._settings))
            yield "payloads are encrypted: restart the workers, if this is new"
        if engine.configured() or engine.running(self._settings.home):
            asyncio.run(self._prepare())
            yield "namespace prepared: search attributes, ten years of retention"

    def up(self, demo_bank: bool, pages: bool, say: Callable[[str], None]) -> None:
        """Run engine, database and worker until SIGTERM or Ctrl-C; ``say`` tells people how far it is."""
        logs.configure(logging.INFO)
        with fakebank.open_for(self._settings) if demo_bank else nullcontext(self._settings) as settings:
            asyncio.run(_up(self._database, settings, pages, say))

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
        await engine.prepare(await engine.connect(self._settings))


async def _up(database: Engine, settings: Settings, pages: bool, say: Callable[[str], None]) -> None:
    stop = told_to_stop(more=CLOSING)
    there = available(settings) if engine.configured() else owned(settings, pages)
    worker = WorkerProcess(settings.health, _told(settings))
    try:
        with worker.launched():
            async with there as client:
                for line in waits(set_up(database, settings)):
                    say(line)
                comparing = compared(client, database, settings, say)
                async with worker.running(), watched(worker), reported(worker, client), comparing:
                    for line in _ready(client, settings):
                        say(line)
                    await stop.wait()
                    say(f"Stopping: what was begun is finished first, for {LONGEST:.0f} s at most.")
    except EngineBusy:
        say(f"Running already at {await engine.awaited(settings.home)}; nothing to do.")


def _told(settings: Settings) -> dict[str, str]:
    """What a worker must know beside our environment."""
    bank = {"ACCORD_BANK_URL": settings.bank_url} if settings.bank_url else {}
    return {"ACCORD_HOME": str(settings.home), **bank}


def _ready(client: Client, settings: Settings) -> Iterator[str]:
    yield f"Ready. Temporal at {client.service_client.config.target_host}."
    if ui := engine.ui(settings.home):
        yield f"Temporal UI, which knows no rules: {ui}"
    if settings.mode_in_force is Mode.TRIAL:
        yield "TRIAL: names may be self-declared; only a fake bank is paid through."
    yield "Try `accord list`, `accord inbox --all`. Ctrl-C stops; nothing is lost."
