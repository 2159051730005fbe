"""Wakes the delivery workflow when there are notices, and cases when there is money for them. It decides
nothing, so nothing is lost with it.
"""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.case import calendar, notice
from activities.money import waitlist
from services.case.queue import TASK_QUEUE
from workflows.case.notice import NoticeDelivery

T = TypeVar("T")

_LOOK_AGAIN = 15.0
"""Seconds after which the outbox is looked at unasked: another process may have filled it, or a crash."""
_GATHER = 1.0
"""Seconds in which notices gather, so that a burst costs one delivery."""
_CALL = timedelta(seconds=10)
"""How long the engine may take to answer before others get their turn."""


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
                await self._look()
            except Exception as error:  # whatever it is: a relay that has ended wakes nobody any more
                structlog.get_logger("accord").warning("notices and offers wait", error=repr(error))
            await asyncio.sleep(_GATHER)
            # not `wait_for`: before Python 3.12 a cancellation could be lost in it
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN):
                    await self._woken.wait()

    async def _look(self) -> None:
        if self._woken.is_set() or await _in_a_thread(self._pending):
            self._woken.clear()
            await self._start()
        for reservation, workflow_id in await _in_a_thread(self._untold):
            await self._offer(reservation, workflow_id)
        for one in await _in_a_thread(self._unheard):
            await self._calendar(one)

    def _pending(self) -> bool:
        with self._database.connect() as connection:
            return notice.pending(connection)

    def _untold(self) -> list[tuple[str, str]]:
        with self._database.connect().execution_options(readonly=True) as connection:
            return waitlist.untold(connection)

    async def _offer(self, reservation: str, workflow_id: str) -> None:
        """Tell a case that the money it waits for is reserved; a closed one has left the queue by itself."""
        try:
            await self._client.get_workflow_handle(workflow_id).signal("offered", rpc_timeout=_CALL)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                structlog.get_logger("accord").warning("offers wait", error=str(error))
                return
        await _in_a_thread(functools.partial(self._told, reservation))

    def _unheard(self) -> list[calendar.Untold]:
        with self._database.connect().execution_options(readonly=True) as connection:
            return calendar.untold(connection)

    async def _calendar(self, one: calendar.Untold) -> None:
        """Tell a case that the calendar has changed; a closed one has no gate any more."""
        try:
            await self._client.get_workflow_handle(one.workflow_id).signal("calendar", rpc_timeout=_CALL)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                structlog.get_logger("accord").warning("a declared day waits", error=str(error))
                return
        await _in_a_thread(functools.partial(self._heard, one))

    def _heard(self, one: calendar.Untold) -> None:
        with self._database.begin() as connection:
            calendar.told(connection, one, datetime.now(UTC))

    def _told(self, reservation: str) -> None:
        with self._database.begin() as connection:
            waitlist.told(connection, reservation, datetime.now(UTC))

    async def _start(self) -> None:
        try:
            await self._client.start_workflow(
                NoticeDelivery.run,
                id="notice/outbox",
                task_queue=TASK_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal="wake",
                static_summary="Delivers the outbox",
                rpc_timeout=_CALL,
            )
        except RPCError as error:
            structlog.get_logger("accord").warning("notices wait", error=str(error))
            self._woken.set()


async def _in_a_thread(call: Callable[[], T]) -> T:
    """What ``call`` returns. It is waited for also by who is cancelled: it holds a connection."""
    calling = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(calling)
    except asyncio.CancelledError:
        await asyncio.wait([calling])
        raise
