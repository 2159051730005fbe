"""The start of a case in the engine: signed, and once for ever, whoever else may use its number."""

from datetime import UTC
from typing import Any, NamedTuple

from temporalio.client import Client, WorkflowHandle
from temporalio.common import Priority, SearchAttributeKey, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from models.base import Message
from models.case.case import TASK_TIMEOUT
from models.case.envelope import said, signs_start, starting
from services.case.queue import TASK_QUEUE
from services.case.updates import Unreachable
from services.people.principal import HEADER, Principal, carrying

_TRIES = 3
_PROGRAMME = SearchAttributeKey.for_keyword("AccordProgramme")


class Starting(NamedTuple):
    """A case that is to be started; ``summary`` and ``details`` are for the pages of the engine."""

    kind: str
    message: Message
    workflow_id: str
    attributes: TypedSearchAttributes
    summary: str
    details: str


async def started(client: Client, principal: Principal | None, asked: Starting) -> bool:
    """Start the workflow of a case that the record does not know. False: the services have done that already.

    What bears its number and was not started by them is ended: nobody keeps a number from a case.
    """
    try:
        for _ in range(_TRIES):
            if await _start(client, principal, asked):
                return True
            there = client.get_workflow_handle(asked.workflow_id)
            if principal is None or await _is_ours(client, there, principal, asked):
                return False
            await _end(there)
    except RPCError as error:
        raise Unreachable(str(error)) from error
    raise Unreachable(f"Somebody else starts {asked.workflow_id} again and again.")


async def _start(client: Client, principal: Principal | None, asked: Starting) -> bool:
    act, what = starting(asked.kind), said(asked.message)
    envelope = principal.envelope(act, asked.workflow_id, what) if principal else ""
    try:
        with carrying(envelope):
            await client.start_workflow(
                asked.kind,
                asked.message,
                id=asked.workflow_id,
                task_queue=TASK_QUEUE,
                task_timeout=TASK_TIMEOUT,
                # one that was not signed has failed; of a case that has failed the record knows
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                search_attributes=asked.attributes,
                # whatever this case and its parts wait for: no programme waits for all of another's
                priority=Priority(fairness_key=asked.attributes[_PROGRAMME]),
                static_summary=asked.summary,
                static_details=asked.details,
            )
    except WorkflowAlreadyStartedError:
        return False
    return True


async def _is_ours(
    client: Client, there: WorkflowHandle[Any, Any], principal: Principal, asked: Starting
) -> bool:
    """Whether the services have started what bears this number: its first event has their envelope."""
    first = await anext(aiter(there.fetch_history_events(page_size=1)))
    payload = first.workflow_execution_started_event_attributes.header.fields.get(HEADER)
    if payload is None:
        return False
    (text,) = await client.data_converter.decode([payload], [str])
    opened, at = principal.signer.opened(text), first.event_time.ToDatetime(UTC)
    return signs_start(opened, asked.kind, asked.workflow_id, at)


async def _end(there: WorkflowHandle[Any, Any]) -> None:
    try:
        await there.terminate(reason="It bears the number of a case, and was not started through Accord.")
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:  # it has ended by itself
            raise
