"""Histories taken into the archive every night, started by a schedule of the engine."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.operations.archiving import Archiving
    from models.case.archive import Archived


@workflow.defn(name="archive")
class Archive:
    """Archives what has gone on since the last time, long before the engine forgets any of it."""

    @workflow.run
    async def run(self) -> Archived:
        """What was archived."""
        return await workflow.execute_activity_method(
            Archiving.archive_all,
            start_to_close_timeout=timedelta(hours=6),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=10)),
            summary="histories into the archive",
        )
