"""A worker in a thread with an event loop of its own.

What a test does to its loop does not hold it up. Nor does the alarm of a test that takes too long reach it:
that is an exception in the main thread, wherever it happens to be. In the middle of the SDK it would end the
worker for good, or leave a workflow task that nobody ever answers, and everybody after it would wait in vain.
"""

import asyncio
import functools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta

from adapters.database import connect
from runtime.settings import Settings
from runtime.temporal import engine
from runtime.workers.worker import working
from tests.support.patience import patience

_GRACE = timedelta(seconds=1)


@contextmanager
def working_in_a_thread(address: str, settings: Settings) -> Iterator[None]:
    """A worker for the engine at ``address``, until the block is left."""
    ready: Future[Callable[[], object]] = Future()
    thread = threading.Thread(target=_work, args=(address, settings, ready), name="worker", daemon=True)
    thread.start()
    leave = ready.result(patience())
    try:
        yield
    finally:
        leave()
        thread.join(patience())


def _work(address: str, settings: Settings, ready: Future[Callable[[], object]]) -> None:
    try:
        asyncio.run(_until_told(address, settings, ready))
    except BaseException as error:
        if ready.done():
            raise
        ready.set_exception(error)


async def _until_told(address: str, settings: Settings, ready: Future[Callable[[], object]]) -> None:
    loop, leaving = asyncio.get_running_loop(), asyncio.Event()
    database = connect(settings.database)
    client = await engine.dial(address, settings)
    async with working(client, database, settings, grace=_GRACE):
        ready.set_result(functools.partial(loop.call_soon_threadsafe, leaving.set))
        await leaving.wait()
    database.dispose()
