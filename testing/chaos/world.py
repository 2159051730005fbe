"""An installation to throw away: `accord up` as people run it, a bank and a mail server."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr
from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig

from adapters.database import connect
from models.case.envelope import Mode
from runtime.settings import ROOT, Settings
from runtime.setup import set_up
from runtime.temporal import engine, folder, launch
from runtime.temporal.embedded import Embedded
from runtime.temporal.watched_engine import WatchedEngine
from runtime.watching.watch import watched
from testing import fakebank
from testing.chaos import mail
from testing.chaos.clock import Clock
from testing.chaos.mail import MailServer
from testing.chaos.processes import processes, servers, workers
from testing.chaos.proxy import Proxy
from testing.fakebank import FakeBank
from testing.postgres import PostgresServer

_OURS = ("ACCORD_", "TEMPORAL_")
_QUIET = Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter="off")))
"""An engine that does not answer is what is wanted here."""


class Part(StrEnum):
    """A process of an installation."""

    WORKER = "worker"
    ENGINE = "engine"
    UP = "up"


class Has(StrEnum):
    """What one installation has, and another has not."""

    SERVER = "server"
    """Its database is a server."""
    LINE = "line"
    """Its engine is elsewhere."""
    CLOCK = "clock"
    """Its processes can have another clock than ours (`apt-get install libfaketime`)."""


class Outside(NamedTuple):
    """What is not ours: the bank and the mail server, and the lines that lead there."""

    bank: FakeBank
    mail: MailServer
    to_bank: Proxy
    to_mail: Proxy


class World:
    """The installation. Whoever acts in it must be signed in; `accord up` is started again when it ends."""

    def __init__(
        self,
        settings: Settings,
        database: Engine,
        outside: Outside,
        server: PostgresServer | None = None,
        engine_there: "EngineThere | None" = None,
    ) -> None:
        self.settings, self.database, self.outside = settings, database, outside
        self.server = server
        self.clock = Clock(settings.home / "clock")
        self.begun = 0
        """So many cases were proposed."""
        self.terminated: set[str] = set()
        """The workflows that somebody has ended past Accord."""
        self._there = engine_there
        self._up: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._client: Client | None = None
        self._port = 0

    @property
    def has(self) -> set[Has]:
        """What can go wrong here beside what can go wrong everywhere."""
        there = {Has.SERVER: self.server, Has.LINE: self._there, Has.CLOCK: self.clock.can}
        return {one for one, is_there in there.items() if is_there}

    @property
    def to_engine(self) -> Proxy | None:
        """The line between worker and engine, where there is one."""
        return self._there.line if self._there else None

    async def client(self) -> Client:
        """A connection to the engine, wherever it is now."""
        if self._there:
            if self._client is None:
                self._client = await engine.dial(self._there.address, self.settings, _QUIET)
            return self._client
        known = folder.read(self.settings.home)
        if self._client is None or known is None or known.port != self._port:
            self._client = await engine.connect(self.settings, _QUIET)
            self._port = known.port if known else 0
        return self._client

    def pids(self, part: Part) -> list[int]:
        """The processes of a part."""
        if part is Part.UP:
            return [self._up.pid] if self._up and self._up.returncode is None else []
        home = self.settings.home
        return workers(home) if part is Part.WORKER else servers(self._there.home if self._there else home)

    def signal(self, part: Part, number: signal.Signals) -> int:
        """Send a signal to a part; to how many processes."""
        found = self.pids(part)
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return len(found)

    async def start(self) -> None:
        """Start it, and see to it that it runs until ``stop``."""
        self._keeper = asyncio.create_task(self._keep())
        while not (folder.is_locked(self.settings.home) or workers(self.settings.home)):
            if self._keeper.done():
                await self._keeper
            await asyncio.sleep(0.1)
        await self.client()

    async def stop(self) -> None:
        """Ctrl-C; nothing of it is left."""
        if self._keeper:
            self._keeper.cancel()
        if self._up and self._up.returncode is None:
            self._up.send_signal(signal.SIGINT)
            try:
                await asyncio.wait_for(self._up.wait(), 60)
            except TimeoutError:
                self._up.kill()
                await self._up.wait()
        await self._gone()

    async def _keep(self) -> None:
        while True:
            with (self.settings.home / "up.log").open("ab") as log:
                self._up = await asyncio.create_subprocess_exec(
                    *launch.bound(sys.executable, str(ROOT / "starter.py"), "up"),
                    cwd=ROOT,
                    env=self._environment(),
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            await self._up.wait()
            await self._gone()

    async def _gone(self) -> None:
        """What `accord up` has started ends with it."""
        while processes(self.settings.home):  # noqa: ASYNC110 - processes tell nobody that they end
            await asyncio.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
        database = self.settings.database_url
        where = {"ACCORD_DATABASE_URL": database.get_secret_value()} if database else {}
        if self._there:
            where["TEMPORAL_ADDRESS"] = f"127.0.0.1:{self._there.line.port}"
        return (
            own
            | where
            | self.clock.environment()
            | {
                "ACCORD_HOME": str(self.settings.home),
                "ACCORD_MODE": Mode.ATTESTED,
                "ACCORD_BANK_URL": str(self.settings.bank_url),
                "ACCORD_SMTP_HOST": "127.0.0.1",
                "ACCORD_SMTP_PORT": str(self.settings.smtp_port),
            }
        )


class EngineThere(NamedTuple):
    """An engine elsewhere, as an installation with a cluster has one, and the line that leads there."""

    home: Path
    address: str
    line: Proxy


@asynccontextmanager
async def engine_there(home: Path) -> AsyncIterator[EngineThere]:
    """One that is kept running in an empty folder."""
    embedded = Embedded(home)
    asking = await embedded.start()
    try:
        async with watched(WatchedEngine(embedded, asking)), Proxy(embedded.port) as line:
            yield EngineThere(home, embedded.address, line)
    finally:
        embedded.stop()


@asynccontextmanager
async def world(home: Path, server: PostgresServer | None) -> AsyncIterator[World]:
    """One that is set up in an empty folder, and runs: with a file of SQLite and an engine of its own, or
    with this server and an engine elsewhere. MailMissing: there is no mail server to be had.
    """
    async with AsyncExitStack() as stack:
        outside = await _outside(stack)
        settings = Settings(
            home=home,
            database_url=SecretStr(server.url) if server else None,
            mode=Mode.ATTESTED,
            bank_url=f"http://127.0.0.1:{outside.to_bank.port}",
            smtp_host="127.0.0.1",
            smtp_port=outside.to_mail.port,
        )
        database = connect(settings.database)
        stack.callback(database.dispose)
        set_up(database, settings)
        there = await stack.enter_async_context(engine_there(home / "engine")) if server else None
        made = World(settings, database, outside, server, there)
        stack.push_async_callback(made.stop)
        await made.start()
        yield made


async def _outside(stack: AsyncExitStack) -> Outside:
    """A bank and a mail server, and the lines to them, until the stack is left."""
    bank = FakeBank()
    counter = fakebank.serve(bank)
    stack.callback(counter.server_close)
    stack.callback(counter.shutdown)
    letters = stack.enter_context(mail.serving())
    to_bank = await stack.enter_async_context(Proxy(counter.server_address[1]))
    to_mail = await stack.enter_async_context(Proxy(letters.port))
    return Outside(bank, letters, to_bank, to_mail)
