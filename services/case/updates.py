"""One update sent to the engine, and everything that can become of it."""

import asyncio
import random
from datetime import timedelta
from weakref import WeakValueDictionary

from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from models.base import Message
from models.case.case import BEGINS_AGAIN
from models.case.record import Answer
from models.case.rule import CaseRule, Rule

_SOON, _LATEST = 0.3, 8.0
"""Seconds between two tries: at first, and when it has been asked about often. One that comes while ten are
in flight is turned down by the engine, which then forgets what it was doing for the ten: a crowd that asks
again too soon keeps a slow worker from ever answering anybody.
"""
_AT_ONCE = 8
"""Updates in flight to one workflow from here; two are left to others."""

_FINAL = frozenset(
    {
        RPCStatusCode.INVALID_ARGUMENT,
        RPCStatusCode.PERMISSION_DENIED,
        RPCStatusCode.UNAUTHENTICATED,
        RPCStatusCode.UNIMPLEMENTED,
        RPCStatusCode.FAILED_PRECONDITION,
    }
)
"""The engine took nothing and never will. After any other error the message may have been accepted."""


class NotConfirmed(Exception):
    """No answer yet. The message may have arrived: send the same again to learn its answer."""


class NotOnRecord(Exception):
    """The engine says that it is on record, and the record does not have it: one of them is older."""


class Unreachable(Exception):
    """The engine does not take the message."""


class Gone(Exception):
    """The workflow is closed."""


class TurnedAway(Exception):
    """The workflow takes the message for none of its own, by ``rule``."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.text)
        self.rule = rule


class Turns:
    """Who sends to a workflow next: no more at a time than the engine takes."""

    def __init__(self) -> None:
        self._at: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def at(self, workflow_id: str) -> asyncio.Semaphore:
        """The turns of everybody who sends to this workflow now."""
        return self._at.setdefault(workflow_id, asyncio.Semaphore(_AT_ONCE))


class _Unanswered(Exception):
    """Nobody knows yet what becomes of it: the workflow is busy, or the engine lost the question."""


async def update(
    client: Client, turns: Turns, workflow_id: str, name: str, message: Message, key: str, patience: timedelta
) -> Answer:
    """The answer to ``message``. It is asked about under the same id until there is one, or ``patience`` is
    used up: NotConfirmed.
    """
    why: _Unanswered | None = None
    pause, turn = _SOON, turns.at(workflow_id)
    try:
        async with asyncio.timeout(patience.total_seconds()):
            while True:
                try:
                    async with turn:
                        return await _once(client, workflow_id, name, message, key, patience)
                except _Unanswered as unanswered:
                    why = unanswered
                except Unreachable as refused:
                    raise (NotConfirmed(str(why)) if why else refused) from refused
                await asyncio.sleep(pause * (0.5 + random.random()))  # noqa: S311 - it spreads the tries
                pause = min(2 * pause, _LATEST)
    except TimeoutError as error:
        raise NotConfirmed(str(why or "")) from (why or error)


async def _once(
    client: Client, workflow_id: str, name: str, message: Message, key: str, patience: timedelta
) -> Answer:
    try:
        answer: Answer = await client.get_workflow_handle(workflow_id).execute_update(
            name,
            message,
            id=key,
            result_type=Answer,
            rpc_timeout=patience,
        )
        return answer
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.type in set(CaseRule):
            raise TurnedAway(CaseRule(str(cause.type))) from error
        if isinstance(cause, ApplicationError) and cause.type == BEGINS_AGAIN:
            raise _Unanswered("The case begins again.") from error
        if isinstance(cause, ApplicationError) and cause.type == "AcceptedUpdateCompletedWorkflow":
            raise Gone from error
        if isinstance(cause, ApplicationError) and cause.message.startswith("Update handler for"):
            raise TurnedAway(CaseRule.UNKNOWN_MESSAGE) from error
        raise
    except WorkflowUpdateRPCTimeoutOrCancelledError as error:
        task = asyncio.current_task()
        if task and task.cancelling():  # the SDK hides who gave up: here it was the caller
            raise asyncio.CancelledError from error
        raise _Unanswered(str(error.__cause__ or error)) from error
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Gone from error
        if error.status in _FINAL:
            raise Unreachable(str(error)) from error
        raise _Unanswered(str(error)) from error
