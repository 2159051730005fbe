"""Children that outlive what started them: a report, a payment."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from models.base import Message


async def outliving(run: Callable[[Any, Any], Awaitable[Any]], start: Message, workflow_id: str) -> None:
    """Start a child that goes on when its parent ends. One that was started before a reset stays the one.

    Who is cancelled meanwhile leaves it alone: the cancellation of a parent is not that of a payment.
    """
    await asyncio.shield(asyncio.create_task(_start(run, start, workflow_id)))


async def _start(run: Callable[[Any, Any], Awaitable[Any]], start: Message, workflow_id: str) -> None:
    with contextlib.suppress(WorkflowAlreadyStartedError):
        await workflow.start_child_workflow(
            run,
            start,
            id=workflow_id,
            parent_close_policy=ParentClosePolicy.ABANDON,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary=workflow_id.removeprefix("partnership/"),
        )
