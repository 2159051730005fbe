"""What operations ask of the engine. Each can be asked for again, after a crash, and happens once."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    RequestCancelWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from models.operations.operation import Task
from services.case.updates import Unreachable

_CALL = timedelta(seconds=10)
"""So long is the engine waited for; nobody else writes meanwhile where it is asked to reset."""


class Seen(NamedTuple):
    """A workflow as the engine has it: its newest run, whether that goes on, which parts it has running (by
    workflow, with the name of their kind).
    """

    run: str
    running: bool
    parts: tuple[tuple[str, str], ...] = ()


class Engine:
    """The engine, as operators need it. Unreachable: it does not answer; ask again."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def seen(self, workflow_id: str) -> Seen | None:
        """A workflow; None: the engine has none of this name, or has it no more."""
        try:
            there = await self._client.get_workflow_handle(workflow_id).describe(rpc_timeout=_CALL)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise Unreachable(str(error)) from error
        running = there.status is WorkflowExecutionStatus.RUNNING
        return Seen(there.run_id, running, tuple(_parts(there)))

    async def tasks(self, workflow_id: str, run: str) -> list[int]:
        """The completed tasks of a run, by the numbers of their events."""
        events = await self._events(workflow_id, run)
        return [e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]

    async def reset(self, workflow_id: str, to: Task, request: str, reason: str) -> bool:
        """Reset a run to one of its tasks; what people sent since is sent again. False: another run has begun
        meanwhile, and not by this request.

        The engine does the same request twice, so we look whether it was done; who asks must be the only one.
        """
        there = await self.seen(workflow_id)
        if there is None or there.run != to.run:
            return there is not None and await self._was_made(workflow_id, there.run, to.run, request)
        asked = ResetWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id, run_id=to.run),
            reason=f"{request}: {reason}",
            workflow_task_finish_event_id=to.event,
            request_id=request,
        )
        try:
            await self._client.workflow_service.reset_workflow_execution(asked, timeout=_CALL)
        except RPCError as error:
            raise Unreachable(str(error)) from error
        return True

    async def _was_made(self, workflow_id: str, newest: str, of: str, request: str) -> bool:
        """Whether the newest run, or one that it continues, was made of run ``of`` by this request."""
        run = newest
        while run and run != of:
            events = await self._events(workflow_id, run)
            failed = (event.workflow_task_failed_event_attributes for event in events)
            if any(one.base_run_id == of and request in one.failure.message for one in failed):
                return True
            run = events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        return False

    async def _events(self, workflow_id: str, run: str) -> list[HistoryEvent]:
        try:
            handle = self._client.get_workflow_handle(workflow_id, run_id=run)
            return list((await handle.fetch_history()).events)
        except RPCError as error:
            raise Unreachable(str(error)) from error

    async def terminate(self, workflow_id: str, reason: str) -> None:
        """End a workflow at once; one that has ended, or that the engine does not have, stays so."""
        try:
            await self._client.get_workflow_handle(workflow_id).terminate(reason=reason)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise Unreachable(str(error)) from error

    async def cancel(self, workflow_id: str, request: str, reason: str) -> bool:
        """Ask a workflow to end, with the reason that goes on record. False: it has ended already."""
        asked = RequestCancelWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id),
            request_id=request,
            reason=reason,
        )
        try:
            await self._client.workflow_service.request_cancel_workflow_execution(asked)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise Unreachable(str(error)) from error
        return True

    async def nudge(self, workflow_id: str) -> None:
        """Have a case ask the record what became of a part of it. One that is gone need not know."""
        try:
            await self._client.get_workflow_handle(workflow_id).signal("concluded")
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise Unreachable(str(error)) from error


def _parts(there: WorkflowExecutionDescription) -> Iterable[tuple[str, str]]:
    return ((one.workflow_id, one.workflow_type_name) for one in there.raw_description.pending_children)
