"""Mergers: a cohort whose nominees go to another one says so to it, at its end."""

import contextlib

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.case.case import Ending
    from models.training.cohort import Status
    from models.training.order import CohortOrder
    from workflows.case.messages import Messages
    from workflows.training.roster import Roster

MERGED = "merged"
"""The signal by which a cohort hears that it has new nominees. Who they are is on record."""


class Merger:
    """Hears of nominees that come from another cohort, and passes on its own."""

    def __init__(self, messages: Messages, roster: Roster) -> None:
        self.roster = roster
        messages.hears(MERGED, self._look)

    def _look(self) -> None:
        self.roster.case.follow_up(self.roster.look_again())

    async def pass_on(self, ending: Ending) -> None:
        """Tell the cohort that this one was merged into."""
        order = self.roster.case.outcome
        if ending.status != Status.MERGED or not isinstance(order, CohortOrder):
            return
        other = workflow.get_external_workflow_handle(f"cohort/{order.into}")
        with contextlib.suppress(ApplicationError):  # it is over meanwhile
            await other.signal(MERGED)
