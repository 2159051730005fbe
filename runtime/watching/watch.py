"""Watches a process of ours: when it ends by itself, or no longer answers, it is started again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

from runtime.temporal.engine import EngineError
from runtime.watching.backoff import Backoff

_ENOUGH = 8
"""So often in a row a process is started that does not stay; more would not help."""


class GaveUp(EngineError):
    """A process does not stay, however often it is started; the text says what to do."""


class Child(Protocol):
    """A process that is watched."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def advice(self) -> str:
        """What to do where it does not stay."""
        ...

    async def ended(self) -> str:
        """Wait until it has ended by itself, or was ended because it no longer answered. How that was."""
        ...

    async def restart(self) -> None:
        """Start it, and wait until it serves. EngineError, OSError: it does not."""
        ...


@asynccontextmanager
async def watched(child: Child) -> AsyncIterator[None]:
    """Keep a process that serves running until the block is left. GaveUp, in the block: it does not stay."""
    try:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(_keep(child))
            yield
            watch.cancel()
    except BaseExceptionGroup as group:  # what was raised in the block, or the watch gave up
        raise group.exceptions[0] from None


async def _keep(child: Child) -> None:
    log, clock = structlog.get_logger("accord"), asyncio.get_running_loop().time
    backoff, began = Backoff(), clock()
    while True:
        how = await child.ended()
        pause = backoff.after(clock() - began)
        if backoff.failures > _ENOUGH:
            what = f"The {child.name} does not stay ({how}), though it was started {_ENOUGH} times in a row"
            raise GaveUp(f"{what}. {child.advice}")
        log.error(f"the {child.name} has ended and is started again", how=how, in_seconds=round(pause, 1))
        await asyncio.sleep(pause)
        try:
            await child.restart()
            log.warning(f"the {child.name} serves again", after=how)
        except (EngineError, OSError) as error:
            log.error(f"the {child.name} could not be started", error=str(error))
        began = clock()
