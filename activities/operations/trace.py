"""What a running workflow knows of the record: read from its history, the newest events first."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client

from models.case.record import Receipt, Receipts
from models.case.rule import CaseRule
from models.operations.comparison import InEngine

_PAGE = 100
_RECORD = "record"
"""The activity that writes to the record."""
_DONE = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
_SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
_TIMED_OUT = EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
_TASK_DONE = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


class Heard(NamedTuple):
    """What a run was told of the record."""

    receipts: tuple[Receipt, ...]
    """Of the entries that were written last, or of all."""
    writing: bool
    """Whether an entry is on its way."""
    at: datetime
    """When the newest of its events was."""


async def heard(client: Client, run: InEngine, every: bool) -> Heard:
    """What a run was told when it last wrote something; ``every``: whenever it did."""
    results: dict[int, HistoryEvent] = {}
    found: list[Receipt] = []
    writing = False
    at = run.started_at
    async for event in _backwards(client, run):
        at = max(at, event.event_time.ToDatetime(UTC))
        if event.event_type == _DONE:
            results[event.activity_task_completed_event_attributes.scheduled_event_id] = event
        if _is_reset(event, run):
            break  # what was there before, this run has taken from the record since
        asked = event.activity_task_scheduled_event_attributes
        if event.event_type != _SCHEDULED or asked.activity_type.name != _RECORD:
            continue
        if event.event_id not in results:
            writing = True
            continue
        found += await _receipts(client, results[event.event_id])
        if not every:
            break
    return Heard(tuple(one for one in found if one.rule != CaseRule.CASE_CLOSED), writing, at)


async def reset_from(client: Client, run: InEngine) -> str:
    """The run that a reset has made this one of; empty: none, or the engine does not say."""
    of = ""
    async for event in client.get_workflow_handle(run.workflow_id, run_id=run.run_id).fetch_history_events():
        if _is_reset(event, run):
            of = event.workflow_task_failed_event_attributes.base_run_id
    return of


async def first_task(client: Client, run: InEngine) -> int:
    """The event of the first completed task of a run: where all of it can begin again."""
    handle = client.get_workflow_handle(run.workflow_id, run_id=run.run_id)
    async for event in handle.fetch_history_events():
        if event.event_type == _TASK_DONE:
            return event.event_id
    return 0


async def failed_task(client: Client, run: InEngine) -> str:
    """Where the task that does not get done has failed first, and why, in the engine's words."""
    first = "no task was ever done"
    async for event in _backwards(client, run):
        if event.event_type == _TASK_DONE:
            break
        if event.event_type == _TIMED_OUT:
            first = f"event {event.event_id}, timed out"
        elif event.event_type == _FAILED:
            cause = WorkflowTaskFailedCause.Name(event.workflow_task_failed_event_attributes.cause)
            why = cause.removeprefix("WORKFLOW_TASK_FAILED_CAUSE_").lower().replace("_", " ")
            first = f"event {event.event_id}, {why}"
    return first


def _is_reset(event: HistoryEvent, run: InEngine) -> bool:
    """Whether this is where a reset has made the run."""
    made = event.workflow_task_failed_event_attributes.new_run_id
    return event.event_type == _FAILED and made == run.run_id


async def _receipts(client: Client, done: HistoryEvent) -> tuple[Receipt, ...]:
    payloads = done.activity_task_completed_event_attributes.result.payloads
    (receipts,) = await client.data_converter.decode(payloads, [Receipts])
    return tuple(receipts.receipts)


async def _backwards(client: Client, run: InEngine) -> AsyncIterator[HistoryEvent]:
    """The events of a run, the newest first."""
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=run.workflow_id, run_id=run.run_id),
        maximum_page_size=_PAGE,
    )
    while True:
        page = await client.workflow_service.get_workflow_execution_history_reverse(request)
        for event in page.history.events:
            yield event
        if not page.next_page_token:
            return
        request.next_page_token = page.next_page_token
