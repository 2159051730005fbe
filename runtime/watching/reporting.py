"""What `accord up` tells whoever has started it: that it serves, still does, and that it stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client

from runtime.temporal import engine
from runtime.watching.notify import Supervisor, Word
from runtime.workers.worker_process import WorkerProcess

_EVERY = 5.0
"""Seconds between two signs of life."""


@asynccontextmanager
async def reported(worker: WorkerProcess, client: Client) -> AsyncIterator[None]:
    """Say that all serves, until the block is left. It is said while the worker gives signs of life and an
    engine of ours answers; for a cluster that is away nobody is started again, as that would not help.
    """
    supervisor = Supervisor()
    supervisor.tell(Word.READY)
    task = asyncio.create_task(_alive(supervisor, worker, client))
    try:
        yield
    finally:
        task.cancel()
        supervisor.tell(Word.STOPPING)
        supervisor.close()


async def _alive(supervisor: Supervisor, worker: WorkerProcess, client: Client) -> None:
    while True:
        if worker.is_well and (engine.configured() or await engine.answers(client)):
            supervisor.tell(Word.ALIVE)
        await asyncio.sleep(_EVERY)
