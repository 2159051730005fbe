"""Wakes the delivery workflow when there are notices. It decides nothing, so nothing is lost with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities import notice
from runtime.settings import TASK_QUEUE
from workflows.notice import NoticeDelivery

_LOOK_AGAIN = 15.0
"""Seconds after which the outbox is looked at unasked: another process may have filled it, or a crash."""
_GATHER = 1.0
"""Seconds in which notices gather, so that a burst costs one delivery."""


class Relay:
    """From the commit that left a notice to the workflow that delivers it."""

    def __init__(self, client: Client, database: Engine) -> None:
        self._client = client
        self._database = database
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Say that there are notices; may be called from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: the next worker will look
            self._loop.call_soon_threadsafe(self._woken.set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Relay until the block is left."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            try:
                if self._woken.is_set() or await asyncio.to_thread(self._pending):
                    self._woken.clear()
                    await self._start()
            except SQLAlchemyError as error:
                structlog.get_logger("accord").warning("notices wait", error=str(error))
            await asyncio.sleep(_GATHER)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), timeout=_LOOK_AGAIN)

    def _pending(self) -> bool:
        with self._database.connect() as connection:
            return notice.pending(connection)

    async def _start(self) -> None:
        try:
            await self._client.start_workflow(
                NoticeDelivery.run,
                id="notice/outbox",
                task_queue=TASK_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal="wake",
                static_summary="Delivers the outbox",
            )
        except RPCError as error:
            structlog.get_logger("accord").warning("notices wait", error=str(error))
            self._woken.set()
