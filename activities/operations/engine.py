"""What the engine has of the workflows of cases, as whoever compares it with the record needs it."""

import re
from datetime import UTC, timedelta

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.case.door import Ring
from activities.operations.trace import failed_task
from models.case.envelope import signs_start
from models.case.gate import OPEN_GATES
from models.operations.comparison import InEngine

ENVELOPE, SEAL = "accord-envelope", "accord-seal"
"""The headers that say who has started a workflow."""
OF_A_CASE = re.compile(r"^[a-z]+/([A-Z0-9][A-Z0-9-]{1,39})(/|$)")
"""The id of a workflow that carries a case, or a part of one; its number."""
_FAILS = 2
"""A task that was tried more often than that fails by itself, and not with a worker."""
_PATIENCE = timedelta(seconds=5)
"""How long a workflow is waited for that is asked something."""
_RUNNING = 'ExecutionStatus = "Running"'
_PROBLEMS = '("category=WorkflowTaskFailed", "category=WorkflowTaskTimedOut")'
_FAILING = f"TemporalReportedProblems IN {_PROBLEMS} AND {_RUNNING}"
"""The engine lists a workflow here once its task has failed so often in a row as it is told to wait for."""


class Workflows:
    """The workflows of one engine."""

    def __init__(self, client: Client, ring: Ring) -> None:
        self._client = client
        self._ring = ring

    async def running(self) -> dict[str, InEngine]:
        """Every workflow of a case that goes on, by its id; the engine may list the newest a moment later."""
        found = self._client.list_workflows(_RUNNING)
        return {one.id: _seen(one) async for one in found if OF_A_CASE.match(one.id)}

    async def failing(self) -> list[InEngine]:
        """Every workflow, of a case or not, of which a task has failed twice and does not stop to fail."""
        listed = [one.id async for one in self._client.list_workflows(_FAILING)]
        found = [await self.find(workflow_id) for workflow_id in listed]
        return [run for run in found if run and run.running and run.failing]

    async def find(self, workflow_id: str) -> InEngine | None:
        """One workflow as it is now; None: the engine has none of this id, or has it no more."""
        try:
            described = await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        run = _described(described)
        if described.raw_description.pending_workflow_task.attempt > _FAILS:
            return run._replace(failing=await failed_task(self._client, run))
        return run

    async def open_gates(self, run: InEngine) -> frozenset[str] | None:
        """The gates that a workflow has open; None: it does not say, or nobody works for it now."""
        handle = self._client.get_workflow_handle(run.workflow_id, run_id=run.run_id)
        try:
            gates = await handle.query(OPEN_GATES, result_type=list[str], rpc_timeout=_PATIENCE)
        except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            return None
        return frozenset(gates)

    async def is_ours(self, run: InEngine) -> bool:
        """Whether the services have started this run, or a workflow whose part it is, or that it continues.

        A seal is looked at by the workflow itself; here it counts where the engine says that a workflow has
        made this run: whoever starts one from outside can put anything into its header.
        """
        handle = self._client.get_workflow_handle(run.workflow_id, run_id=run.run_id)
        first = await anext(aiter(handle.fetch_history_events(page_size=1)))
        started = first.workflow_execution_started_event_attributes
        made = started.parent_workflow_execution.workflow_id or started.continued_execution_run_id
        if made and SEAL in started.header.fields:
            return True
        payload = started.header.fields.get(ENVELOPE)
        if payload is None:
            return False
        (text,) = await self._client.data_converter.decode([payload], [str])
        at = first.event_time.ToDatetime(UTC)
        return signs_start(self._ring.opened(text), run.kind, run.workflow_id, at)


def number_of(workflow_id: str) -> str:
    """The number of the case that a workflow bears; empty: none."""
    found = OF_A_CASE.match(workflow_id)
    return found[1] if found else ""


def _described(one: WorkflowExecutionDescription) -> InEngine:
    found, more = one.raw_description, one.raw_description.workflow_extended_info
    was_reset = more.HasField("last_reset_time")
    return _seen(one)._replace(
        first_run=found.workflow_execution_info.first_run_id,
        reset_at=more.last_reset_time.ToDatetime(UTC) if was_reset else None,
    )


def _seen(one: WorkflowExecution) -> InEngine:
    status = one.status or WorkflowExecutionStatus.RUNNING
    return InEngine(
        workflow_id=one.id,
        kind=one.workflow_type,
        run_id=one.run_id,
        status=status.name.lower(),
        started_at=one.start_time.astimezone(UTC),
    )
