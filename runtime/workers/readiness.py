"""Looks whether this worker can do its work; nothing that hangs holds the look up."""

import asyncio
import contextlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cached_property

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.case import notice
from adapters.database import head, revision
from models.base import cleaned
from models.operations.health import Check, Health, Part, not_ready, outbox, polling, ready, schema
from runtime.temporal.engine import SOON, answers
from services.case.queue import TASK_QUEUE

_DATABASE = "see that the database runs and that ACCORD_DATABASE_URL is right; the worker goes on by itself"
_ENGINE = "see that the engine runs and that TEMPORAL_ADDRESS is right; the worker goes on by itself"
_LONGEST = 300
"""Bytes of what a database says."""


class Readiness:
    """Of one worker, whose client and database these are."""

    def __init__(self, client: Client, database: Engine) -> None:
        self._polls = _Polls(client)
        self._client = client
        self._stores = _Stores(database)

    async def look(self) -> Health:
        """How everything is now. It takes as long as an answer may take, about two seconds, at most."""
        answering, silent, stores = await asyncio.gather(
            answers(self._client), self._polls.silent(), self._stores.look()
        )
        engine = ready(Part.ENGINE, "it answers")
        if not answering:
            engine = not_ready(Part.ENGINE, f"no answer within {SOON.seconds} s", _ENGINE)
        return Health(at=datetime.now(UTC), pid=os.getpid(), checks=(engine, polling(silent), *stores))


class _Polls:
    """When the engine last saw this worker ask for work. Its clock may differ from ours, so what counts is
    when its answer last changed.
    """

    _KINDS = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)

    def __init__(self, client: Client) -> None:
        self._client = client
        self._seen: dict[int, tuple[int, float]] = {}

    async def silent(self) -> timedelta | None:
        """How long ago it asked for either kind of work; None: not that anybody knows."""
        with contextlib.suppress(RPCError, RuntimeError):
            for kind in self._KINDS:
                last = await self._last(kind)
                if last and last != self._seen.get(kind, (0, 0))[0]:
                    self._seen[kind] = last, time.monotonic()
        if len(self._seen) < len(self._KINDS):
            return None
        return timedelta(seconds=time.monotonic() - min(at for _, at in self._seen.values()))

    async def _last(self, kind: TaskQueueType.ValueType) -> int:
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace, task_queue=TaskQueue(name=TASK_QUEUE), task_queue_type=kind
        )
        found = await self._client.workflow_service.describe_task_queue(request, timeout=SOON / 2)
        own = (one for one in found.pollers if one.identity == self._client.identity)
        return max((one.last_access_time.ToNanoseconds() for one in own), default=0)


class _Stores:
    """The database, asked in a thread of its own: it may never answer."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._began = datetime.now(UTC)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._asking: asyncio.Future[tuple[Check, ...]] | None = None

    async def look(self) -> tuple[Check, ...]:
        """The schema and the outbox. One question at a time: an earlier one may still be on its way."""
        if self._asking is None:
            self._asking = asyncio.get_running_loop().run_in_executor(self._thread, self._ask)
        await asyncio.wait([self._asking], timeout=SOON.total_seconds())
        if not self._asking.done():
            return (not_ready(Part.DATABASE, f"no answer within {SOON.seconds} s", _DATABASE),)
        asked, self._asking = self._asking, None
        return asked.result()

    def _ask(self) -> tuple[Check, ...]:
        try:
            with self._database.connect().execution_options(readonly=True) as connection:
                there = schema(revision(connection), self._wanted)
                if not there.is_ready:
                    return (there,)
                oldest = notice.oldest_due(connection)
        except SQLAlchemyError as error:
            return (not_ready(Part.DATABASE, _first_line(error), _DATABASE),)
        return there, outbox(oldest, self._began, datetime.now(UTC))

    @cached_property
    def _wanted(self) -> str:
        return head()  # reads all migrations


def _first_line(error: SQLAlchemyError) -> str:
    return cleaned(str(error).partition("\n")[0], _LONGEST)
