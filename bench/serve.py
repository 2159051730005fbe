"""The worker of a skeleton, in a process of its own: `python -m bench.serve skeletons|shape ADDRESS`.

Set like the worker of ours (threads, sticky timeout; own shape in our sandbox, too), so that only what runs
inside differs. The skeletons run as the SDK comes.
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from runtime.wire.converter import CONVERTER
from runtime.workers.sandbox import ContextFreeRunner

TASK_QUEUE = "bench"
_THREADS = 16
_OURS = (
    "bench",
    "models",
    "activities",
    "workflows",
    "services",
    "runtime",
    "rfc8785",
    "structlog",
    "holidays",
)


def converter(name: str) -> DataConverter:
    """The skeletons speak plain JSON; own shape, as ours, through our converter."""
    return CONVERTER if name == "shape" else DataConverter.default


def _registered(name: str) -> dict[str, Any]:
    if name == "skeletons":
        from bench import skeleton

        return {"workflows": [skeleton.Skeleton, skeleton.Single], "activities": [skeleton.step]}
    from bench import shape
    from bench.answers import Answers
    from bench.programme import UNPAID

    answers = Answers(UNPAID)
    passed = SandboxRestrictions.default.with_passthrough_modules(*_OURS)
    return {
        "workflows": [shape.Shape, shape.ShapeStudy, shape.ShapeAgreement],
        "activities": [answers.record, answers.rights, answers.terms, answers.conclusion],
        "workflow_runner": ContextFreeRunner(restrictions=passed),
    }


async def serve(name: str, address: str) -> None:
    """Work until killed."""
    client = await Client.connect(address, data_converter=converter(name))
    with ThreadPoolExecutor(_THREADS) as threads:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            activity_executor=threads,
            max_concurrent_activities=_THREADS,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
            **_registered(name),
        )
        await worker.run()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
