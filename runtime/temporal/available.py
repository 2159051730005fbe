"""The engine, made available: the one there is, or an embedded one that is watched while it is needed."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from temporalio.client import Client

from runtime.settings import Settings
from runtime.temporal.embedded import Embedded
from runtime.temporal.engine import configured, connect, dial, prepare
from runtime.temporal.taking import EngineBusy
from runtime.temporal.watched_engine import WatchedEngine
from runtime.watching.watch import watched


@asynccontextmanager
async def available(settings: Settings) -> AsyncIterator[Client]:
    """The cluster of the environment, or the embedded engine: the running one, else one of our own."""
    async with AsyncExitStack() as stack:
        try:
            client = await (connect(settings) if configured() else stack.enter_async_context(owned(settings)))
        except EngineBusy:
            client = await connect(settings)
        await prepare(client)
        yield client


@asynccontextmanager
async def owned(settings: Settings, pages: bool = False) -> AsyncIterator[Client]:
    """An embedded engine of our own, which is kept running. EngineBusy: another process has one.
    GaveUp, in the block: it does not stay.

    ``pages``: it shows pages of its own, which know no rules.
    """
    embedded = Embedded(settings.home, pages=pages)
    asking = await embedded.start()
    try:
        async with watched(WatchedEngine(embedded, asking)):
            yield await dial(embedded.address, settings)
    finally:
        embedded.stop()
