"""The engine, made available: the one there is, or an embedded one that is watched while it is needed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from temporalio.client import Client

from runtime import folder
from runtime.embedded import Embedded, EngineBusy
from runtime.engine import EngineError, configured, connect, dial, prepare
from runtime.settings import Settings

_SOON, _LATEST, _CALM = 0.2, 30.0, 60.0
"""Seconds: the first and the longest pause before a server is started again, and when all is well again."""


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

    ``pages``: it shows pages of its own, which know no rules.
    """
    embedded = Embedded(settings.home, pages=pages)
    await embedded.start()
    watch = asyncio.create_task(_watched(embedded))
    try:
        yield await dial(embedded.address, settings)
    finally:
        watch.cancel()
        await asyncio.wait([watch])
        embedded.stop()


async def _watched(embedded: Embedded) -> None:
    """Start the server again whenever it has ended by itself: at once, then less and less often."""
    log, clock = structlog.get_logger("accord"), asyncio.get_running_loop().time
    pause = _SOON
    while True:
        began = clock()
        status = await embedded.ended()
        pause = _SOON if clock() - began > _CALM else min(2 * pause, _LATEST)
        folder.forget(embedded.home)  # commands wait until it serves again
        log.error("the engine has ended by itself and is started again", status=status, in_seconds=pause)
        await asyncio.sleep(pause)
        try:
            await embedded.restart()
            log.warning("the engine serves again", address=embedded.address)
        except (EngineError, OSError) as error:
            log.error("the engine could not be started", error=str(error))
