"""Parts of a case with lives of their own: started, accompanied, stopped when the case ends first."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, ChildWorkflowError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.case.parts import running
    from activities.case.questions import Questions
    from models.base import Message
    from models.case.case import TASK_TIMEOUT, EndedBy, Ending
    from models.case.conclusion import Conclusion, ConclusionWanted, RunningWanted
    from workflows.case.case import CaseFile
    from workflows.case.ended import Ended
    from workflows.case.messages import Messages
    from workflows.case.rights import ask

CONCLUDED = "concluded"
"""The signal by which a part says that it is over. What it came to is on record."""
_NOW_AND_THEN = timedelta(days=1)
"""How often a run that did not start a part itself asks whether it is still there."""


async def detached(kind: str, start: Message, name: str) -> None:
    """Start a part, a workflow of this ``kind``, that goes on when its case ends. One that was started
    before a reset stays the one.

    Who is cancelled meanwhile leaves it alone: the cancellation of a case is not that of a payment.
    """
    await asyncio.shield(asyncio.create_task(_start_once(kind, start, name)))


async def _start_once(kind: str, start: Message, name: str) -> None:
    with contextlib.suppress(WorkflowAlreadyStartedError):
        await _start(kind, start, name, WorkflowIDReusePolicy.REJECT_DUPLICATE)


def _id_of(name: str) -> str:
    """The workflow of a part: ``partnership/HUE-2026/study``, whichever part of the case starts it."""
    top = workflow.info().workflow_id.split("/")[:2]
    return "/".join([*top, name])


async def _start(kind: str, start: Message, name: str, reuse: WorkflowIDReusePolicy) -> Any:
    workflow_id = _id_of(name)
    return await workflow.start_child_workflow(
        kind,
        start,
        id=workflow_id,
        task_timeout=TASK_TIMEOUT,
        parent_close_policy=ParentClosePolicy.ABANDON,
        id_reuse_policy=reuse,
        static_summary=workflow_id.partition("/")[2],
    )


class Children:
    """The parts of a case that it waits for. They are known by id: a new run of the case finds them again."""

    def __init__(self, case: CaseFile[Any], messages: Messages) -> None:
        self.case = case
        self._nudges = 0
        self._running: dict[str, Any] = {}
        messages.hears(CONCLUDED, self._nudge)
        case.at_the_end(self._stop_all)
        case.rerun.after_reset(self._look_again)

    def _nudge(self) -> None:
        self._nudges += 1

    async def _look_again(self) -> None:
        """The engine was reset: a part may have ended meanwhile."""
        self._nudge()

    async def carry(self, kind: str, start: Message, name: str) -> dict[str, Any]:
        """Have a part carried out; what it came to. Where it ended without, the case ends in the same way."""
        await self.case.written()
        seen = self._nudges
        conclusion = await self._conclusion(name)
        if conclusion is None:
            self._running[name] = await self._started(kind, start, name)
            conclusion = await self._concluded(name, seen)
        self._running.pop(name, None)
        if conclusion.outcome is None:
            raise Ended(conclusion.ending.status, conclusion.ending.reason)
        return conclusion.outcome

    async def _started(self, kind: str, start: Message, name: str) -> Any:
        """The handle of the part; None where it is running already, for an earlier run of this case."""
        try:
            return await _start(kind, start, name, WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY)
        except WorkflowAlreadyStartedError:
            return None

    async def _concluded(self, name: str, seen: int) -> Conclusion:
        """Rest until the part is over, and ask the record what it came to. ``seen``: the nudges before it was
        last asked; one that comes while it answers is not lost.
        """
        while True:
            handle = self._running[name]
            await self._rest_until_there_may_be_news(name, handle, seen)
            seen = self._nudges
            if conclusion := await self._conclusion(name):
                return conclusion
            if await self._is_gone(name, handle):
                if conclusion := await self._conclusion(name):  # it came to its end between the two questions
                    return conclusion
                reason = f"The {name} was stopped by an operator."
                return Conclusion(ending=Ending(status=EndedBy.CANCELLED, reason=reason))

    async def _rest_until_there_may_be_news(self, name: str, handle: Any, seen: int) -> None:
        news = self._news_of(handle, seen)
        if handle is not None:
            await self.case.rest(news)
            return
        look_again = self.case.sleep(_NOW_AND_THEN, f"is the {name} there?")
        try:
            await self.case.rest(lambda: news() or look_again.done())
        finally:
            look_again.cancel()

    async def _is_gone(self, name: str, handle: Any) -> bool:
        """Whether a part is over although the record has no conclusion: an operator terminated it."""
        if handle is None:
            found = await workflow.execute_activity(
                running,
                RunningWanted(workflow_id=_id_of(name)),
                start_to_close_timeout=timedelta(seconds=10),
                summary=f"is the {name} there?",
            )
            return not found.running
        if not handle.done():
            return False
        with contextlib.suppress(ChildWorkflowError, asyncio.CancelledError):
            await handle
        return True

    async def _conclusion(self, name: str) -> Conclusion | None:
        wanted = ConclusionWanted(case=f"{self.case.number}/{name}")
        found = await ask(Questions.conclusion, wanted, f"what the {name} came to")
        return found.conclusion

    async def _stop_all(self, _: Ending) -> None:
        """The case ends first: its parts are stopped, and give back what they hold before it does."""
        for name, handle in list(self._running.items()):
            with contextlib.suppress(ApplicationError):  # it is gone
                await self._stop(name, handle)
        self._running.clear()

    async def _stop(self, name: str, handle: Any) -> None:
        news = self._news_of(handle, self._nudges)
        await workflow.get_external_workflow_handle(_id_of(name)).cancel()
        while not (handle is not None and handle.done()) and await self._conclusion(name) is None:
            await workflow.wait_condition(news)
            news = self._news_of(handle, self._nudges)

    def _news_of(self, handle: Any, seen: int) -> Callable[[], bool]:
        """Whether there is reason to ask the record: a nudge after those ``seen``, or the part is over."""
        return lambda: self._nudges > seen or (handle is not None and handle.done())


async def tell_parent() -> None:
    """Say to the case that this one is a part of that it is over. Nobody waits for a parent that is gone."""
    parent = workflow.info().parent
    if parent is None:
        return
    with contextlib.suppress(ApplicationError):
        await workflow.get_external_workflow_handle(parent.workflow_id).signal(CONCLUDED)
