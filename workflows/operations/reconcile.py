"""Engine, record and ledger held against each other every night, started by a schedule of the engine."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.operations.reconcile import Reconciliation
    from models.operations.reconciled import Reconciled


@workflow.defn(name="reconcile")
class Reconcile:
    """Finds what differs; what is new is put on record, and operators are told."""

    @workflow.run
    async def run(self) -> Reconciled:
        """What was found."""
        return await workflow.execute_activity_method(
            Reconciliation.reconcile,
            start_to_close_timeout=timedelta(hours=6),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=10)),
            summary="engine, record and ledger",
        )
