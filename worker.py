"""The worker: runs workflows and activities until SIGTERM or Ctrl-C, then finishes what it has begun."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.notice import Outbox
from activities.record import Record
from runtime import engine, logs
from runtime.database import connect as connect_database
from runtime.mail import sender
from runtime.relay import Relay
from runtime.settings import TASK_QUEUE, Settings

_THREADS = 16
_GRACE = timedelta(seconds=20)


@asynccontextmanager
async def working(client: Client, database: Engine, settings: Settings) -> AsyncIterator[Worker]:
    """A running worker and the relay that wakes the delivery of notices."""
    relay = Relay(client, database)
    record = Record(database, relay.wake)
    outbox = Outbox(database, sender(settings))
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="activity") as threads:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            activities=[record.record, outbox.deliver],
            activity_executor=threads,
            max_concurrent_activities=_THREADS,
            graceful_shutdown_timeout=_GRACE,
            # a decision after a crash waits for this, not for the default of 10 s
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
            deployment_config=_deployment(),
        )
        async with worker, relay.running():
            yield worker


def _deployment() -> WorkerDeploymentConfig | None:
    """Worker versioning, only where a rainbow deployment says which build this is."""
    build = os.environ.get("TEMPORAL_WORKER_BUILD_ID")
    if not build:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name="accord", build_id=build),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


async def run() -> None:
    """Connect, check that all is prepared, work until told to stop."""
    settings = Settings()
    client = await engine.connect(settings.home)
    await engine.check(client)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with working(client, connect_database(settings.database), settings):
        while not stop.is_set():
            if settings.health_file:
                settings.health_file.touch()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), timeout=5)


def main() -> None:
    """The program: `python worker.py`."""
    logs.configure()
    try:
        asyncio.run(run())
    except engine.EngineError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
