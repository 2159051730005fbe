"""What the engine itself has written down of a workflow, for auditors who look beneath the record."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode


class Event(NamedTuple):
    """One event of a workflow: when, its number in the run, its type without the prefix, the workflow."""

    at: datetime
    number: int
    type: str
    workflow: str


class Events:
    """Reads the events of workflows from the engine."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def of(self, workflows: Iterable[str]) -> list[Event]:
        """The events of these workflows, one workflow after the other; of each its run and all before it."""
        return [event for workflow_id in workflows for event in await self._of(workflow_id)]

    async def _of(self, workflow_id: str) -> list[Event]:
        """The events of a workflow: those of its last run, and of all runs that this one continues."""
        found: list[Event] = []
        run: str | None = None
        while run != "":
            events = await self._run(workflow_id, run)
            found += [_event(event, workflow_id) for event in events]
            started = events[0].workflow_execution_started_event_attributes if events else None
            run = started.continued_execution_run_id if started else ""
        return found

    async def _run(self, workflow_id: str, run: str | None) -> list[HistoryEvent]:
        try:
            handle = self._client.get_workflow_handle(workflow_id, run_id=run)
            return list((await handle.fetch_history()).events)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return []  # a stage the case never reached, or a run older than the engine keeps
            raise


def _event(event: HistoryEvent, workflow_id: str) -> Event:
    kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
    return Event(event.event_time.ToDatetime(UTC), event.event_id, kind, workflow_id)
