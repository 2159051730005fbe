"""What the engine itself has written down of a workflow, for auditors who look beneath the record."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Engine
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import History, HistoryEvent
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.case import archive


class Event(NamedTuple):
    """One event of a workflow: when, its number in the run, its type without the prefix, the workflow."""

    at: datetime
    number: int
    type: str
    workflow: str


class Events:
    """Reads the events of workflows from the engine; what it has forgotten, from the archive."""

    def __init__(self, client: Client, database: Engine) -> None:
        self._client = client
        self._database = database

    async def of(self, workflows: Iterable[str]) -> list[Event]:
        """The events of these workflows, one workflow after the other; of each its run and all before it."""
        return [event for workflow_id in workflows for event in await self._of(workflow_id)]

    async def _of(self, workflow_id: str) -> list[Event]:
        """The events of a workflow: those of its last run and of all runs that this one continues, as the
        engine has them; those of other runs as they were archived. ValueError: the archive was changed.
        """
        archived = await asyncio.to_thread(self._archived, workflow_id)
        there: dict[str, list[HistoryEvent]] = {}
        run = await self._newest(workflow_id)
        while run:
            there[run] = events = await self._run(workflow_id, run)
            started = events[0].workflow_execution_started_event_attributes if events else None
            run = started.continued_execution_run_id if started else ""
        runs = (archived | {run: events for run, events in there.items() if events}).values()
        ordered = sorted(runs, key=lambda events: events[0].event_time.ToDatetime(UTC))
        return [_event(event, workflow_id) for events in ordered for event in events]

    def _archived(self, workflow_id: str) -> dict[str, list[HistoryEvent]]:
        with self._database.connect().execution_options(readonly=True) as connection:
            return {
                run.run_id: list(History.FromString(content).events)
                for run in archive.runs(connection, workflow_id)
                if (content := archive.history(connection, run.sha256))
            }

    async def _newest(self, workflow_id: str) -> str:
        try:
            return (await self._client.get_workflow_handle(workflow_id).describe()).run_id
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return ""  # a stage the case never reached, or a workflow that the engine has no more
            raise

    async def _run(self, workflow_id: str, run: str) -> list[HistoryEvent]:
        try:
            handle = self._client.get_workflow_handle(workflow_id, run_id=run)
            return list((await handle.fetch_history()).events)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return []  # a run older than the engine keeps
            raise


def _event(event: HistoryEvent, workflow_id: str) -> Event:
    kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
    return Event(event.event_time.ToDatetime(UTC), event.event_id, kind, workflow_id)
