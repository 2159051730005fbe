"""The workers of one process: one for cases, one for what goes to the bank, each with threads of its own."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Interceptor, Worker, WorkerDeploymentConfig

from activities.payment.sending import BANK_QUEUE, LINES
from adapters.ciphers import Ciphers
from runtime.keys import seals
from runtime.settings import Settings
from runtime.wire.sealing import Sealing
from runtime.workers.plugin import without_workflows
from runtime.workers.supervision import Hire
from services.case.queue import TASK_QUEUE

Activities = Sequence[Callable[..., Any]]

THREADS = 16
TASKS = 6
"""Of cases, at once: one more than the SDK has questions open for. After a restart, a history of a thousand
events is read again in two thirds of a second of the one processor that Python uses: six such are done well
within TASK_TIMEOUT.
"""


@contextmanager
def hires(
    client: Client,
    settings: Settings,
    known: tuple[Activities, Activities],
    looking: Sequence[Interceptor],
    grace: timedelta,
) -> Iterator[tuple[Hire, Hire]]:
    """A way to make each of them. ``known``: the activities of cases, and those that wait for the bank;
    ``looking``: what else looks at each activity.
    """
    usual: dict[str, Any] = {
        "interceptors": [Sealing(seals(settings)), *looking],
        "graceful_shutdown_timeout": grace,
        "deployment_config": _deployment(),
        # what is in the hand of a worker that is killed waits for TASK_TIMEOUT: no more than is done by then
        "max_concurrent_workflow_tasks": TASKS,
        # a decision after a crash waits for this, not for the default of 10 s
        "sticky_queue_schedule_to_start_timeout": timedelta(seconds=1),
    }
    outside = without_workflows(client, Ciphers(settings.keys_folder))
    with _slots(THREADS, "activity") as cases, _slots(LINES, "bank") as lines:
        yield (
            partial(Worker, client, task_queue=TASK_QUEUE, activities=known[0], **usual, **cases),
            partial(Worker, outside, task_queue=BANK_QUEUE, activities=known[1], **usual, **lines),
        )


@contextmanager
def _slots(number: int, name: str) -> Iterator[dict[str, Any]]:
    """So many activities at once, each in a thread."""
    with ThreadPoolExecutor(number, thread_name_prefix=name) as threads:
        yield {"activity_executor": threads, "max_concurrent_activities": number}


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
