"""Keeps a worker at work: when one ends by itself, another takes its place."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol

import structlog
from temporalio.worker import Worker

from runtime.watching.backoff import Backoff


class Hire(Protocol):
    """Makes a worker, which calls ``on_fatal_error`` when it must end."""

    def __call__(self, *, on_fatal_error: Callable[[BaseException], Awaitable[None]]) -> Worker:
        """A new one each time."""


@asynccontextmanager
async def kept_at_work(hires: Sequence[Hire], grace: timedelta) -> AsyncIterator[None]:
    """Have a worker of each running until the block is left; then they finish what they have begun, within
    ``grace``.

    The SDK ends a worker for good when the engine answers its polls with an error that it takes for final:
    a certificate that has just expired, a proxy that is starting. No case may wait until somebody notices.
    """
    leaving = asyncio.Event()
    keeping = [asyncio.create_task(_keep(_Shift(hire), hire, grace, leaving)) for hire in hires]
    try:
        yield
    finally:
        leaving.set()
        await asyncio.gather(*keeping)


async def _keep(shift: "_Shift", hire: Hire, grace: timedelta, leaving: asyncio.Event) -> None:
    """Run one worker after another: at once, then less and less often."""
    log, clock = structlog.get_logger("accord"), asyncio.get_running_loop().time
    backoff = Backoff()
    while not leaving.is_set():
        began = clock()
        try:
            await shift.work(leaving, grace)
        except Exception as error:
            pause = backoff.after(clock() - began)
            log.error("the worker has ended by itself", error=_reason(error), another_in_seconds=pause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await leaving.wait()
            shift = _Shift(hire)


class _Shift:
    """One worker, from its start to its end."""

    def __init__(self, hire: Hire) -> None:
        self._failed = asyncio.Event()
        self._why = ""
        self._worker = hire(on_fatal_error=self._fail)

    async def work(self, leaving: asyncio.Event, grace: timedelta) -> None:
        """Work until told to leave. Raises what has ended it before."""
        running = asyncio.create_task(self._worker.run())
        signs = [asyncio.create_task(sign.wait()) for sign in (leaving, self._failed)]
        await asyncio.wait([running, *signs], return_when=asyncio.FIRST_COMPLETED)
        for sign in signs:
            sign.cancel()
        if self._failed.is_set():  # it may never get to its end: what it waits for may be what has failed
            await asyncio.wait([running], timeout=grace.total_seconds())
            running.cancel()
        elif not running.done():
            await self._worker.shutdown()
        try:
            await running
        except asyncio.CancelledError as error:
            raise RuntimeError(f"{self._why}; it could not be ended in order") from error

    async def _fail(self, error: BaseException) -> None:
        self._why = str(error)
        self._failed.set()


def _reason(error: Exception) -> str:
    """What happened, and why: the SDK says only in the cause what the engine answered."""
    return ": ".join(str(each) for each in (error, error.__cause__) if str(each or ""))
