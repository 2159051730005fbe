"""Somebody who reaches the engine's port, and has seen what others sent: nothing of theirs may count."""

import asyncio
import contextlib
import random
import secrets
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import UpdateWorkflowExecutionLifecycleStage
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.update.v1 import Meta, Request, WaitPolicy
from temporalio.api.workflowservice.v1 import (
    SignalWorkflowExecutionRequest,
    UpdateWorkflowExecutionRequest,
)
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.case.inbox import waiting
from models.case.approval import Decision
from models.case.panel import Choice
from services.case.queue import TASK_QUEUE
from testing.chaos.mishaps.nemesis import Nemesis
from testing.chaos.people import MEDDLERS, somewhere
from testing.chaos.world import World

_LONGEST = timedelta(seconds=5)
_SENT = UpdateWorkflowExecutionLifecycleStage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED
_AWAY = (
    RPCError,
    RuntimeError,
    TimeoutError,
    SQLAlchemyError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)


async def _forges(world: World, chance: random.Random) -> str:
    """A vote in the name of somebody else, with nobody's envelope."""
    with contextlib.suppress(*_AWAY):
        with world.database.connect().execution_options(readonly=True) as connection:
            gates = waiting(connection)
        if not gates:
            return "nobody"
        gate, actor = chance.choice(gates), chance.choice(MEDDLERS)
        vote = Decision(
            gate=gate["id"],
            content_hash=gate["content_hash"],
            actor=actor,
            verdict=Choice.APPROVE,
            comment=f"forged {chance.random()}",
        )
        handle = (await world.client()).get_workflow_handle(gate["workflow_id"])
        async with asyncio.timeout(_LONGEST.total_seconds()):
            await handle.execute_update("decide", vote)
        return f"{actor} at {gate['id']}"
    return "not answered"


async def _replays(world: World, chance: random.Random) -> str:
    """A message that somebody has sent, envelope and all, is sent once more: to its workflow, or another."""
    with contextlib.suppress(*_AWAY):
        seen, to = await somewhere(world, chance), await somewhere(world, chance)
        if seen is None or to is None:
            return "nobody"
        events = [event for event in (await seen.fetch_history()).events if _is_message(event)]
        if events:
            event, where = chance.choice(events), chance.choice((seen.id, to.id))
            await _sent(await world.client(), event, where)
            return f"event {event.event_id} of {seen.id} to {where}"
    return "nobody"


def _is_message(event: HistoryEvent) -> bool:
    return event.HasField("workflow_execution_signaled_event_attributes") or event.HasField(
        "workflow_execution_update_accepted_event_attributes"
    )


async def _sent(client: Client, event: HistoryEvent, where: str) -> None:
    there = WorkflowExecution(workflow_id=where)
    if event.HasField("workflow_execution_signaled_event_attributes"):
        signal = event.workflow_execution_signaled_event_attributes
        again = SignalWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=there,
            signal_name=signal.signal_name,
            input=signal.input,
            header=signal.header,
            request_id=secrets.token_hex(8),
        )
        await client.workflow_service.signal_workflow_execution(again, timeout=_LONGEST)
    else:
        update = event.workflow_execution_update_accepted_event_attributes.accepted_request
        asked = UpdateWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=there,
            wait_policy=WaitPolicy(lifecycle_stage=_SENT),
            request=Request(meta=Meta(update_id=secrets.token_hex(8), identity="seen"), input=update.input),
        )
        await client.workflow_service.update_workflow_execution(asked, timeout=_LONGEST)


async def _squats(world: World, chance: random.Random) -> str:
    """A workflow of their own bears the number that a case is about to get."""
    number = f"C-{world.begun + chance.randint(1, 3)}"
    with contextlib.suppress(WorkflowAlreadyStartedError, *_AWAY):
        client = await world.client()
        await client.start_workflow(
            "partnership", {"case": number}, id=f"partnership/{number}", task_queue=TASK_QUEUE
        )
        return number
    return "nobody"


INSIDER = (
    Nemesis("forges a vote", _forges),
    Nemesis("sends again what others have sent", _replays),
    Nemesis("takes the number of a case", _squats),
)
