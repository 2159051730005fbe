"""What the engine does by night, whoever is at work: histories are archived, the books proved, and weekly all
of the record.
"""

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
from workflows.money.proof import Proof, RecordProof
from workflows.operations.archive import Archive
from workflows.operations.reconcile import Reconcile

SCHEDULE = "proof-nightly"
WEEKLY = "proof-weekly"
RECONCILE = "reconcile-nightly"
ARCHIVE = "archive-nightly"


async def nightly(client: Client) -> None:
    """See to it that histories are archived at 01:00 in Seoul every night, engine, record and ledger held
    against each other at 02:00, the books proved at 03:00, and all that the record says at 04:00 on Sundays;
    does nothing where that is arranged.
    """
    books = ScheduleActionStartWorkflow(Proof.run, id="proof", task_queue=TASK_QUEUE)
    everything = ScheduleActionStartWorkflow(RecordProof.run, id="record-proof", task_queue=TASK_QUEUE)
    differences = ScheduleActionStartWorkflow(Reconcile.run, id="reconcile", task_queue=TASK_QUEUE)
    histories = ScheduleActionStartWorkflow(Archive.run, id="archive", task_queue=TASK_QUEUE)
    await _arranged(client, ARCHIVE, histories, "0 16 * * *")
    await _arranged(client, RECONCILE, differences, "0 17 * * *")
    await _arranged(client, SCHEDULE, books, "0 18 * * *")
    await _arranged(client, WEEKLY, everything, "0 19 * * 6")


async def _arranged(client: Client, name: str, action: ScheduleActionStartWorkflow, when: str) -> None:
    schedule = Schedule(
        action=action,
        spec=ScheduleSpec(cron_expressions=[when], jitter=timedelta(minutes=5)),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
    )
    with contextlib.suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(name, schedule)
