"""Somebody who reaches the engine's port and nothing else: a worker and workflows of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    UnsandboxedWorkflowRunner,
    Worker,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from services.case.queue import TASK_QUEUE

QUEUE = "rogue"


@dataclass
class Wanted:
    """An activity of ours that somebody else wants executed."""

    activity: str
    input: Any
    stolen: bool = False
    """Whether it bears the seal that was seen on the way."""


@workflow.defn(name="rogue", sandboxed=False)
class Rogue:
    """Has an activity of ours executed, once."""

    @workflow.run
    async def run(self, wanted: Wanted) -> Any:
        return await workflow.execute_activity(
            wanted.activity,
            wanted.input,
            task_queue=TASK_QUEUE,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@workflow.defn(name="becomes", sandboxed=False)
class Becomes:
    """Goes on as a workflow of ours, with whatever input."""

    @workflow.run
    async def run(self, start: Any) -> Any:
        workflow.continue_as_new(workflow="partnership", args=[start], task_queue=TASK_QUEUE)


@dataclass
class Thief(Interceptor):
    """Puts a header that was seen on the way on whatever the rogue schedules."""

    header: dict[str, Payload] = field(default_factory=dict)

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """Called by the worker."""
        thief = self

        class Out(WorkflowOutboundInterceptor):
            def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
                input.headers = {**input.headers, **thief.header}
                return super().start_activity(input)

        class In(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(Out(outbound))

        return In


@asynccontextmanager
async def rogue(address: str, header: dict[str, Payload] | None = None) -> AsyncIterator[Client]:
    """A plain client, beside a worker that runs what the rogue has written."""
    client = await Client.connect(address)
    worker = Worker(
        client,
        task_queue=QUEUE,
        workflows=[Rogue, Becomes],
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[Thief(header or {})],
    )
    async with worker:
        yield client
