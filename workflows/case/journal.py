"""The journal of a workflow: entries on their way to the record, and who waits for their receipts."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.case.record import Record
    from activities.case.trace import TRACE
    from models.case.effects import Effect
    from models.case.record import Batch, Entry, Receipt, Receipts, Source

_FOREVER = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
)
"""No limit: a database that is down for an hour must not end a case that lasts for years."""

_ATTEMPT = timedelta(seconds=5)
"""What one attempt may take. It is also how long a decision waits whose worker died at it."""

MOST_ENTRIES = 100
MOST_BYTES = 500_000
"""What one batch holds at most; the engine takes payloads of up to two million bytes."""
_SMALL = 4
"""So few entries always fit: what comes from outside is bounded where it enters."""


class Journal:
    """Entries that are not yet on record. Adding one gives the future of its receipt."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.pending: list[Entry] = []
        self.first_effects: tuple[Effect, ...] = ()
        """What the first entry brings about beside its own: that there is a case."""
        self.moves = 0
        """Grows whenever somebody in the workflow goes on: while it grows, there is more to come."""
        self._receipts: dict[str, asyncio.Future[Receipt]] = {}
        self._writing = 0
        self._traces: dict[str, str] = {}
        """Of which trace the entries are that somebody's message has brought, by their keys."""

    @property
    def idle(self) -> bool:
        """Whether everything so far is on record."""
        return not (self.pending or self._writing)

    def add(self, entry: Entry) -> asyncio.Future[Receipt]:
        """Have ``entry`` written; the future is its receipt."""
        self.moves += 1
        if self.first_effects and entry.rule is None:
            entry = entry.model_copy(update={"effects": (*self.first_effects, *entry.effects)})
            self.first_effects = ()
        self.pending.append(entry)
        if trace := TRACE.get():
            self._traces[entry.key] = trace
        return self.receipt(entry.key)

    def receipt(self, key: str) -> asyncio.Future[Receipt]:
        """The receipt to come of an entry that is pending, or will be."""
        if key not in self._receipts:
            self._receipts[key] = asyncio.get_running_loop().create_future()
        return self._receipts[key]

    def replace(self, entry: Entry) -> asyncio.Future[Receipt] | None:
        """Put ``entry`` in the place of the pending one with its key; None: there is none any more."""
        for number, pending in enumerate(self.pending):
            if pending.key == entry.key:
                self.pending[number] = entry
                return self._receipts[entry.key]
        return None

    async def write_always(self, look: Callable[[Receipt], None]) -> None:
        """The one writer. It must be out of reach of every cancellation: what is in the journal goes on
        record. ``look`` is shown every receipt.
        """
        while True:
            await workflow.wait_condition(lambda: bool(self.pending))
            await self._quiet()
            self._writing += 1
            for receipt in await self._write():
                look(receipt)
            self._writing -= 1

    async def _quiet(self) -> None:
        """Wait until nobody in the workflow goes on any more. Whoever waits for a condition is looked at once
        in a pass, in no order we know: only two passes without a move are quiet.
        """
        quiet = 0
        while quiet < 2:
            seen = self.moves
            await workflow.wait_condition(lambda: True)
            quiet = quiet + 1 if self.moves == seen else 0

    async def _write(self) -> tuple[Receipt, ...]:
        """Write the next batch. Entries that arrive meanwhile stay for the one after it."""
        batch = self._next()
        del self.pending[: len(batch)]
        traces = [self._traces.pop(entry.key, "") for entry in batch]
        TRACE.set(next(filter(None, traces), ""))
        written: Receipts = await workflow.execute_activity_method(
            Record.record,
            Batch(source=self.source, entries=batch),
            start_to_close_timeout=_ATTEMPT,
            retry_policy=_FOREVER,
            summary=", ".join(entry.action for entry in batch)[:190],
        )
        self.moves += 1
        # by place, not by key: after a reset the engine shows receipts of keys that carry another run
        for entry, receipt in zip(batch, written.receipts, strict=True):
            waiting = self._receipts.pop(entry.key, None)
            if waiting and not waiting.done():
                waiting.set_result(receipt)
        return written.receipts

    def _next(self) -> tuple[Entry, ...]:
        """As many entries as fit. A message stays together with all that follows from it."""
        if len(self.pending) <= _SMALL:
            return tuple(self.pending)
        end = size = 0
        for number, entry in enumerate(self.pending):
            size += len(entry.model_dump_json().encode())
            if number and (size > MOST_BYTES or number >= MOST_ENTRIES):
                break
            if number + 1 == len(self.pending) or _begins(self.pending[number + 1]):
                end = number + 1
        return tuple(self.pending[: end or self._first_group()])

    def _first_group(self) -> int:
        """How many entries belong to the first message: they are written together, whatever they weigh."""
        starts = (number for number, entry in enumerate(self.pending) if number and _begins(entry))
        return next(starts, len(self.pending))


def _begins(entry: Entry) -> bool:
    """Whether this entry is a message, or its refusal; what the engine adds follows from one before it."""
    return entry.sent is not None or entry.rule is not None
