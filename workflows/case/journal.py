"""The journal of a workflow: entries gather here and go on record together, at the next rest."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.case.record import Record
    from models.case.record import Batch, Entry, Receipt, Receipts, Source

_FOREVER = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
)
"""No limit: a database that is down for an hour must not end a case that lasts for years."""


_ATTEMPT = timedelta(seconds=5)
"""What one attempt may take. It is also how long a decision waits whose worker died at it."""


class Journal:
    """Entries not yet on record, and the receipts of those that are."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.pending: list[Entry] = []
        self._receipts: dict[str, Receipt] = {}

    def add(self, entry: Entry) -> None:
        """Have ``entry`` written with the next flush."""
        self.pending.append(entry)

    async def receipt(self, key: str) -> Receipt:
        """Wait until the entry with this key is on record."""
        await workflow.wait_condition(lambda: key in self._receipts)
        return self._receipts[key]

    async def flush(self) -> None:
        """Write all entries, in order. Entries that arrive meanwhile are written as well."""
        while self.pending:
            batch = tuple(self.pending)
            written = await self._written(batch)
            # only now: had the wait been cancelled, the entries would still be here to be written
            del self.pending[: len(batch)]
            self._receipts |= {receipt.key: receipt for receipt in written.receipts}

    async def _written(self, batch: tuple[Entry, ...]) -> Receipts:
        """Write ``batch``. A cancellation meanwhile arrives as that of the activity, which no procedure that
        unwinds looks for: it goes on as what it is.
        """
        try:
            return await workflow.execute_activity_method(
                Record.record,
                Batch(source=self.source, entries=batch),
                start_to_close_timeout=_ATTEMPT,
                retry_policy=_FOREVER,
                summary=", ".join(entry.action for entry in batch)[:190],
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise asyncio.CancelledError from error
            raise
