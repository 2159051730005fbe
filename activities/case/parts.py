"""Whether the workflow of a part is still there: the engine does not tell a run that did not start it."""

from temporalio import activity
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from models.case.conclusion import Running, RunningWanted


@activity.defn(name="running")
async def running(wanted: RunningWanted) -> Running:
    """Whether the engine has this workflow, and it is not over."""
    handle = activity.client().get_workflow_handle(wanted.workflow_id)
    try:
        description = await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return Running(running=False)
        raise
    return Running(running=description.status is WorkflowExecutionStatus.RUNNING)
