"""Children of a case: started, accompanied, stopped when the case ends first."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ChildWorkflowError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from models.agreement.agreement import AgreementOutcome
    from models.base import Message
    from models.partnership.partnership import Status
    from models.study.study import StudyOutcome
    from workflows.case.case import Ended
    from workflows.partnership.launch import Launching

_Child = TypeVar("_Child", StudyOutcome, AgreementOutcome)


class Accompanying(Launching):
    """A case with parts that have lives of their own."""

    async def accompany(
        self, run: Callable[[Any, Any], Awaitable[_Child]], start: Message, name: str
    ) -> _Child:
        """Start a child and rest until it is done; when the case ends first, stop it."""
        child = None
        try:
            child = await workflow.start_child_workflow(
                run,
                start,
                id=f"partnership/{self.case}/{name}",
                parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
                static_summary=f"{self.case}: {name}",
            )
            await self.rest(child.done)
            outcome: _Child = await child
        except ChildWorkflowError as error:
            raise Ended(Status.CANCELLED, f"The {name} was stopped by an operator.") from error
        except (Ended, asyncio.CancelledError):
            if child:
                await self._stop(child)
            raise
        if outcome.ending:
            raise Ended(outcome.ending.status, outcome.ending.reason)
        return outcome

    async def _stop(self, child: Any) -> None:
        child.cancel()
        try:
            await child
        except (ChildWorkflowError, asyncio.CancelledError):
            workflow.logger.info("child stopped")
