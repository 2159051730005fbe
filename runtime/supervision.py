"""Keeps a worker at work: when one ends by itself, another takes its place."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from temporalio.worker import Worker

_SOON, _LATEST, _CALM = 0.2, 30.0, 60.0
"""Seconds: the first and the longest pause before another worker starts, and when all is well again."""


@asynccontextmanager
async def kept_at_work(hire: Callable[[], Worker]) -> AsyncIterator[None]:
    """Have a worker running until the block is left; ``hire`` makes a new one.

    The SDK ends a worker for good when the engine answers its polls with an error that it takes for final:
    a certificate that has just expired, a proxy that is starting. No case may wait until somebody notices.
    """
    leaving = asyncio.Event()
    keeping = asyncio.create_task(_keep(hire(), hire, leaving))
    try:
        yield
    finally:
        leaving.set()
        await keeping


async def _keep(worker: Worker, hire: Callable[[], Worker], leaving: asyncio.Event) -> None:
    """Run one worker after another: at once, then less and less often."""
    log, clock = structlog.get_logger("accord"), asyncio.get_running_loop().time
    pause = _SOON
    while not leaving.is_set():
        began = clock()
        try:
            await _work(worker, leaving)
        except Exception as error:
            pause = _SOON if clock() - began > _CALM else min(2 * pause, _LATEST)
            log.error("the worker has ended by itself", error=_reason(error), another_in_seconds=pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(leaving.wait(), timeout=pause)
            worker = hire()


async def _work(worker: Worker, leaving: asyncio.Event) -> None:
    """Run ``worker`` until we leave; then what it has begun is finished. Raises what ended it before."""
    running, told = asyncio.create_task(worker.run()), asyncio.create_task(leaving.wait())
    await asyncio.wait([running, told], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not running.done():
        await worker.shutdown()
    await running


def _reason(error: Exception) -> str:
    """What happened, and why: the SDK says only in the cause what the engine answered."""
    return ": ".join(str(each) for each in (error, error.__cause__) if each)
