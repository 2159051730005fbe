"""Who somebody is, and what they may bring to a message: asked at the moment it arrives."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.case.rights import Directory
    from models.base import Message
    from models.case.rights import Asked, Rights

ENVELOPE: ContextVar[str] = ContextVar("accord-envelope", default="")
"""What came in the header of the message being handled; the worker's interceptor sets it."""


class Started(NamedTuple):
    """What came in the header of the start of this workflow, and the message itself."""

    envelope: str
    seal: str
    message: Message | None


STARTED: ContextVar[Started] = ContextVar("accord-started")
"""How this run was started; the worker's interceptor sets it."""

_Q = TypeVar("_Q", bound=Message)
_A = TypeVar("_A", bound=Message)

_FOREVER = RetryPolicy(maximum_interval=timedelta(seconds=30))


async def rights(asked: Asked) -> Rights:
    """The rights of an actor, as directory and record have them now."""
    return await ask(Directory.rights, asked, f"rights of {asked.actor}")


async def ask(question: Callable[[Any, _Q], _A], about: _Q, summary: str) -> _A:
    """The answer of an activity that reads and changes nothing.

    So it runs inside the workflow task; when the database is down, the ordinary activity waits for it.
    """
    try:
        return await workflow.execute_local_activity_method(
            question,
            about,
            schedule_to_close_timeout=timedelta(seconds=3),
            retry_policy=RetryPolicy(maximum_attempts=2),
        )
    except FailureError as error:  # a local activity's own failure arrives without an ActivityError around it
        if is_cancelled_exception(error):
            raise
        return await workflow.execute_activity_method(
            question,
            about,
            start_to_close_timeout=timedelta(seconds=5),
            retry_policy=_FOREVER,
            summary=summary,
        )
