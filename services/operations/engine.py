"""What operations ask of the engine. Each can be asked for again, after a crash, and happens once."""

from collections.abc import Iterable
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import (
    RequestCancelWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from models.operations.operation import Task
from services.case.updates import Unreachable


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
            there = await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise Unreachable(str(error)) from error
        running = there.status is WorkflowExecutionStatus.RUNNING
        return Seen(there.run_id, running, tuple(_parts(there)))

    async def tasks(self, workflow_id: str, run: str) -> list[int]:
        """The completed tasks of a run, by the numbers of their events."""
        try:
            events = (await self._client.get_workflow_handle(workflow_id, run_id=run).fetch_history()).events
        except RPCError as error:
            raise Unreachable(str(error)) from error
        return [e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]

    async def reset(self, workflow_id: str, to: Task, request: str, reason: str) -> bool:
        """Reset a run to one of its tasks; what people sent since is sent again. The same ``request`` does it
        once. False: another run has begun meanwhile, and not by this request.
        """
        if not await self._is_newest(workflow_id, to.run, request):
            return False
        asked = ResetWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id, run_id=to.run),
            reason=f"{request}: {reason}",
            workflow_task_finish_event_id=to.event,
            request_id=request,
        )
        try:
            await self._client.workflow_service.reset_workflow_execution(asked)
        except RPCError as error:
            raise Unreachable(str(error)) from error
        return True

    async def _is_newest(self, workflow_id: str, run: str, request: str) -> bool:
        """Whether a run is the newest, or the newest was made of it by this request."""
        there = await self.seen(workflow_id)
        return there is not None and (
            there.run == run or await self._made_by(workflow_id, there.run, run, request)
        )

    async def _made_by(self, workflow_id: str, run: str, of: str, request: str) -> bool:
        handle = self._client.get_workflow_handle(workflow_id, run_id=run)
        for event in (await handle.fetch_history()).events:
            failed = event.workflow_task_failed_event_attributes
            if failed.base_run_id == of and request in failed.failure.message:
                return True
        return False

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
