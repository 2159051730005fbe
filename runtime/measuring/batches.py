"""What the writer of the record is handed: how many entries at once, and how many bytes."""

from typing import Any

from prometheus_client import CollectorRegistry, Histogram
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.case.record import Batch
from runtime.wire.converter import RECEIVED

_ENTRIES = (1, 2, 4, 8, 16, 32, 64, 100)
_BYTES = (1_000, 4_000, 16_000, 64_000, 250_000, 500_000, 1_000_000, 2_000_000)


class Batches(Interceptor):
    """Looks at every batch on its way to the record."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._entries = Histogram(
            "accord_batch_entries", "Entries of a batch.", buckets=_ENTRIES, registry=registry
        )
        self._bytes = Histogram("accord_batch_bytes", "Bytes of a batch.", buckets=_BYTES, registry=registry)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Called by the worker for each activity."""
        return _Looking(next, self)

    def look(self, batch: Batch) -> None:
        """Count one, as it was received in this activity."""
        self._entries.observe(len(batch.entries))
        self._bytes.observe(sum(len(payload.data) for payload in RECEIVED.get()))


class _Looking(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, batches: Batches) -> None:
        super().__init__(next)
        self._batches = batches

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        batch = input.args[0] if input.args else None
        if isinstance(batch, Batch):
            self._batches.look(batch)
        return await super().execute_activity(input)
