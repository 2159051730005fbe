"""Somebody with the engine's own tool has workflows go back, or end."""

import contextlib
import random

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.service import RPCError

from testing.chaos.mishaps.nemesis import Nemesis
from testing.chaos.people import somewhere
from testing.chaos.world import World


async def _resets(world: World, chance: random.Random) -> str:
    """What people sent is sent again."""
    with contextlib.suppress(RPCError):
        handle = await somewhere(world, chance)
        if handle is None:
            return "nobody"
        events = (await handle.fetch_history()).events
        done = [e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
        if done:
            event = chance.choice(done)
            client = await world.client()
            wish = ResetWorkflowExecutionRequest(
                namespace=client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=handle.id),
                reason="chaos",
                workflow_task_finish_event_id=event,
                request_id=f"{handle.id}/{event}/{chance.random()}",
            )
            await client.workflow_service.reset_workflow_execution(wish)
            return f"{handle.id} to event {event}"
    return "nobody"


async def _cancels(world: World, chance: random.Random) -> str:
    with contextlib.suppress(RPCError):
        if handle := await somewhere(world, chance):
            await handle.cancel()
            return handle.id
    return "nobody"


async def _terminates(world: World, chance: random.Random) -> str:
    """Past Accord, and past two operators: the case stays open on record until somebody looks."""
    with contextlib.suppress(RPCError):
        if chance.random() < 0.5 and (handle := await somewhere(world, chance)):
            await handle.terminate(reason="chaos")
            world.terminated.add(handle.id)
            return handle.id
    return "nobody"


OPERATORS = (
    Nemesis("resets a workflow", _resets),
    Nemesis("cancels a workflow", _cancels),
    Nemesis("terminates a workflow", _terminates),
)
