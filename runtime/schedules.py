"""What the engine does every night, whoever is at work: it proves the books."""

import contextlib
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)

from services.case.queue import TASK_QUEUE
from workflows.money.proof import Proof

SCHEDULE = "proof-nightly"
_WHEN = "0 18 * * *"
"""03:00 in Seoul."""


async def nightly(client: Client) -> None:
    """See to it that the books are proved every night; does nothing where that is arranged."""
    action = ScheduleActionStartWorkflow(Proof.run, id="proof", task_queue=TASK_QUEUE)
    schedule = Schedule(
        action=action,
        spec=ScheduleSpec(cron_expressions=[_WHEN], jitter=timedelta(minutes=5)),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
    )
    with contextlib.suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(SCHEDULE, schedule)
