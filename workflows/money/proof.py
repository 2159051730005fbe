"""The proofs of the books, every night and every week, started by schedules of the engine."""

from datetime import timedelta
from typing import TypedDict

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.money.nightly_proof import Proofs
    from activities.money.record_proof import RecordProofs
    from models.money.book import Proved


@workflow.defn(name="proof")
class Proof:
    """Proves the books of every fund; one whose books are wrong is frozen."""

    @workflow.run
    async def run(self) -> Proved:
        """What was found."""
        longest = timedelta(hours=1)
        return await workflow.execute_activity_method(Proofs.prove_all, **_until_made(longest, "books"))


@workflow.defn(name="record-proof")
class RecordProof:
    """Proves that every table is what the record makes it; a fund of which it is not so is frozen."""

    @workflow.run
    async def run(self) -> Proved:
        """What was found."""
        longest = timedelta(hours=12)
        return await workflow.execute_activity_method(
            RecordProofs.prove_record, **_until_made(longest, "record")
        )


class _Options(TypedDict):
    """How the activity of a proof is executed."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy
    summary: str


def _until_made(longest: timedelta, what: str) -> _Options:
    """A proof is made again until it was made."""
    again = RetryPolicy(maximum_interval=timedelta(minutes=10))
    return _Options(start_to_close_timeout=longest, retry_policy=again, summary=what)
