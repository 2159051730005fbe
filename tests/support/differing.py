"""Has engine and record differ, and asks what differs."""

from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowHandle

from models.case.envelope import SELF_DECLARED
from models.operations.difference import DifferenceKind
from runtime import keys
from services.operations.reconciling import Differences, Mended
from tests.support.house import Case, House
from tests.support.patience import eventually_async

OPERATOR = "ops.hwang"


def reconciler(house: House) -> Differences:
    """The comparison, as the command line has it."""
    return Differences(house.client, house.database, keys.principal(house.settings), SELF_DECLARED)


async def kinds(case: Case) -> list[DifferenceKind]:
    """The kinds of differences of a case now."""
    return [one.kind for one in await reconciler(case.house).find(case.id)]


async def mended(case: Case, actor: str = OPERATOR) -> list[Mended]:
    """What an operator has mended of a case."""
    return await reconciler(case.house).repair(actor, case.id)


async def deleted(case: Case, handle: WorkflowHandle[Any, Any]) -> None:
    """Somebody has the engine forget a workflow: it does so in a while."""
    gone = WorkflowExecution(workflow_id=handle.id)
    request = DeleteWorkflowExecutionRequest(namespace="default", workflow_execution=gone)
    await case.house.client.workflow_service.delete_workflow_execution(request)

    async def missing() -> bool:
        return DifferenceKind.MISSING in await kinds(case)

    await eventually_async(missing, f"{handle.id} is deleted")
