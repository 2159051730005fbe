"""Workflow tasks that failed: those that say something of our code, and not of the machine it runs on."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from temporalio.api.enums.v1 import EventType, TimeoutType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle
from temporalio.worker._workflow import _InterruptDeadlockError

_OF_THE_ENGINE = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_UPDATE,
)
"""What the engine calls a failed task although none has: a reset, or something came at the same moment."""
_TOO_SLOW = "[TMPRL1101]"
"""What the SDK says of a task of which it has heard nothing for two seconds: also where the machine stood."""
_OVER = (
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
)


async def failed_tasks(client: Client) -> list[str]:
    """Those of every run of every case."""
    failed: list[str] = []
    async for one in client.list_workflows('WorkflowId STARTS_WITH "partnership/"'):
        failed += await failed_tasks_of(client.get_workflow_handle(one.id, run_id=one.run_id))
    return failed


async def failed_tasks_of(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """Those of one workflow."""
    events = (await handle.fetch_history()).events
    return [f"{handle.id} {handle.run_id or ''} {why}" for why in failures(events)]


def failures(events: Sequence[HistoryEvent]) -> Iterator[str]:
    """Every task that raised; and those that took too long, where they did so twice."""
    for number, event in enumerate(events):
        raised, slow = _raised(event), _slow(event)
        if raised or (slow and not _next_was_good(events[number + 1 :])):
            yield f"{event.event_id}: {raised or slow}"


def _raised(event: HistoryEvent) -> str:
    why = event.workflow_task_failed_event_attributes
    if event.event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED or why.cause in _OF_THE_ENGINE:
        return ""
    return "" if why.failure.message.startswith(_TOO_SLOW) else f"{why.cause} {why.failure.message}"


def _slow(event: HistoryEvent) -> str:
    if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
        kind = event.workflow_task_timed_out_event_attributes.timeout_type
        return "timed out" if kind == TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE else ""
    message = event.workflow_task_failed_event_attributes.failure.message
    return message if message.startswith(_TOO_SLOW) else ""


def _next_was_good(later: Sequence[HistoryEvent]) -> bool:
    """Whether the second attempt was good. The engine writes down only the first that fails, and the one that
    is good; where that is neither there nor superfluous, they fail on.
    """
    for event in later:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
            return event.workflow_task_scheduled_event_attributes.attempt <= 2
        if event.event_type in _OVER:
            return True
    return False


def but_too_slow(
    report: Callable[["sys.UnraisableHookArgs"], object],
) -> Callable[["sys.UnraisableHookArgs"], None]:
    """Report what cannot be raised, but for a workflow that was interrupted because it was not heard of for
    two seconds. The SDK raises that wherever the thread is, also in a callback of the garbage collector.
    """

    def hear(unraisable: "sys.UnraisableHookArgs") -> None:
        if not isinstance(unraisable.exc_value, _InterruptDeadlockError):
            report(unraisable)

    return hear
