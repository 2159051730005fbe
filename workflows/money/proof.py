"""The nightly proof of the books, started by a schedule of the engine."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.money.nightly_proof import Proofs
    from models.money.book import Proved


@workflow.defn(name="proof")
class Proof:
    """Proves the books of every fund; one whose books are wrong is frozen."""

    @workflow.run
    async def run(self) -> Proved:
        """What was found."""
        return await workflow.execute_activity_method(
            Proofs.prove_all,
            start_to_close_timeout=timedelta(hours=1),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=10)),
            summary="books",
        )
