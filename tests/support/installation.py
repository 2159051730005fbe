"""The whole installation, as `make up` runs it: server, database, worker and bank."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from adapters.database import connect
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.temporal import engine as engines
from runtime.temporal.embedded import Embedded
from testing.fakebank import FakeBank, serve
from tests.support.house import House
from tests.support.worker_thread import working_in_a_thread

SKIPPING = ("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true")
"""Lets tests move the clock of single workflows."""
EVENTS = 60
"""So soon does the server of an impatient installation suggest to continue as new."""


def soon(events: int) -> tuple[str, ...]:
    """Has the server suggest to continue as new after so many events."""
    return ("--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={events}")


@asynccontextmanager
async def installation(
    home: Path, extra: tuple[str, ...] = (), database_url: str | None = None
) -> AsyncIterator[House]:
    """One that runs, with a clock that tests can move."""
    async with unmanned(home, extra, database_url) as (house, address):
        with working_in_a_thread(address, house.settings):
            yield house


@asynccontextmanager
async def unmanned(
    home: Path, extra: tuple[str, ...] = (), database_url: str | None = None
) -> AsyncIterator[tuple[House, str]]:
    """The same without a worker, and where its engine is."""
    bank = FakeBank()
    counter = serve(bank)
    url = f"http://127.0.0.1:{counter.server_address[1]}"
    secret = SecretStr(database_url) if database_url else None
    settings = Settings(home=home, bank_url=url, database_url=secret)
    engine = connect(settings.database)
    set_up(engine, settings)
    embedded = Embedded(settings.home, extra=(*SKIPPING, *extra))
    await embedded.start()
    client = await engines.dial(embedded.address, settings)
    try:
        yield House(client, engine, settings, bank), embedded.address
    finally:
        counter.shutdown()
        counter.server_close()
        embedded.stop()
        engine.dispose()
