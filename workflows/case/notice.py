"""Delivery of the outbox: one execution at a time, woken when there is something to deliver."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.case.delivery import Outbox

_SOONEST = 1.0
_ROUNDS = 200
_SIGN_OF_LIFE = timedelta(seconds=30)
"""Letters in the hand of a worker that dies wait for so long; a mail server may be silent for 20 s."""


@workflow.defn(name="notice")
class NoticeDelivery:
    """Delivers until the outbox is empty. A dead mail server holds up this workflow, never a case."""

    @workflow.init
    def __init__(self) -> None:
        self._woken = False

    @workflow.signal
    def wake(self) -> None:
        """There is a new notice."""
        self._woken = True

    @workflow.run
    async def run(self) -> int:
        """Returns how many notices were delivered; temporary failures are retried without a limit."""
        total = 0
        for _ in range(_ROUNDS):
            self._woken = False
            done = await workflow.execute_activity_method(
                Outbox.deliver,
                start_to_close_timeout=timedelta(minutes=10),
                heartbeat_timeout=_SIGN_OF_LIFE,
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
                summary="outbox",
            )
            total += done.delivered
            if done.next_in is None and not self._woken:
                return total
            if not self._woken:
                await self._pause(max(done.next_in or 0, _SOONEST))
        workflow.continue_as_new()

    async def _pause(self, seconds: float) -> None:
        try:
            await workflow.wait_condition(
                lambda: self._woken, timeout=seconds, timeout_summary="next attempt"
            )
        except TimeoutError:
            return
