"""Ways in which a workflow has to go the same way again: it begins again, or an operator resets it."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyExcludeType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from activities.case.inbox import waiting
from models.base import Message
from models.case.deadline import Extension
from models.case.rule import CaseRule
from models.partnership.partnership import Withdrawal
from models.payment.payment import Hold
from runtime.temporal.server import binary
from tests.support.house import Case, House
from tests.support.patience import eventually_async

Handle = WorkflowHandle[Any, Any]
Rewind = Callable[[Any, Handle], Awaitable[None]]
"""What is done to the workflow of a `Case`, or of another driver that has `id`, `house` and `send`."""

_nobody = itertools.count(1)
MANY = 200


async def begun_again(case: Any, handle: Handle) -> None:
    """Somebody without any rights sends messages until the workflow continues as new."""
    run = (await handle.describe()).run_id
    for _ in range(MANY):
        if (await handle.describe()).run_id != run:
            return
        answer = await case.send(*_from_nobody(case, handle))
        assert answer.rule in (CaseRule.ROLE_NOT_HELD, CaseRule.RECONSIDERED), answer
    raise AssertionError(f"{handle.id} did not continue as new in {MANY} messages")


def _from_nobody(case: Any, handle: Handle) -> tuple[str, Message]:
    who = {"actor": f"nobody.{next(_nobody)}", "reason": "A word."}
    if "/payment/" in handle.id:
        return "hold", Hold(gate=f"{case.id}:study.inception-request:1", **who)
    gates = [gate for gate in case.house.read(waiting) if gate["workflow_id"] == handle.id]
    if gates:
        return "extend", Extension(gate=gates[0]["id"], working_days=1, **who)
    return "withdraw", Withdrawal(case=case.id, **who)


async def reset_to_the_beginning(case: Any, handle: Handle) -> None:
    """An operator resets it to its first task; what had been sent is applied again."""
    await _reset(case, handle, 0)


async def reset_without_reapplying(case: Any, handle: Handle) -> None:
    """The same, and nothing is applied again."""
    excluded = ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL
    await _reset(case, handle, 0, excluded, ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE)


async def reset_to_the_last_task(case: Any, handle: Handle) -> None:
    """An operator resets it to where it is."""
    await _reset(case, handle, -1)


async def _reset(case: Any, handle: Handle, which: int, *excluded: ResetReapplyExcludeType.ValueType) -> None:
    run, tasks = await eventually_async(partial(_tasks, case, handle), f"{handle.id} has begun")
    request = ResetWorkflowExecutionRequest(
        namespace="default",
        workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=run),
        reason="test",
        workflow_task_finish_event_id=tasks[which],
        request_id=f"{run}/{tasks[which]}/{next(_nobody)}",
        reset_reapply_exclude_types=excluded,
    )
    await eventually_async(partial(_asked, case, request), f"{handle.id} is reset")


async def _asked(case: Case, request: ResetWorkflowExecutionRequest) -> bool:
    """Whether the engine has answered: a busy one does not in time. The same request resets once."""
    try:
        await case.house.client.workflow_service.reset_workflow_execution(request)
    except RPCError as error:
        if error.status not in (RPCStatusCode.CANCELLED, RPCStatusCode.DEADLINE_EXCEEDED):
            raise
        return False
    return True


async def _tasks(case: Any, handle: Handle) -> tuple[str, list[int]] | None:
    """The newest run of a workflow, and its tasks that are done; None: it has only just begun."""
    run = str((await handle.describe()).run_id)
    events = (await case.house.client.get_workflow_handle(handle.id, run_id=run).fetch_history()).events
    done = [e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    return (run, done) if done else None


WAYS: tuple[Rewind, ...] = (
    begun_again,
    reset_to_the_beginning,
    reset_without_reapplying,
    reset_to_the_last_task,
)


async def reset(
    house: House, case: Case, event_id: int, *options: str, workflow_id: str | None = None
) -> None:
    """`temporal workflow reset`, as an operator would."""
    process = await asyncio.create_subprocess_exec(
        *(binary(), "workflow", "reset", "--address", house.client.service_client.config.target_host),
        *(
            "--workflow-id",
            workflow_id or f"partnership/{case.id}",
            "--event-id",
            str(event_id),
            "--reason",
            "test",
            *options,
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


async def first_task_after_the_opening(handle: WorkflowHandle[Any, Any]) -> int:
    """The workflow task that saw the first gate open: before any message to it. A run that was just made may
    have to come there first.
    """

    async def seen() -> int | None:
        opened = False
        for event in (await handle.fetch_history()).events:
            if opened and event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                return event.event_id
            opened |= event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
        return None

    return await eventually_async(seen, "its first gate opens")
