"""The few metrics of Temporal's SDK that say whether a worker keeps up. It has a hundred more."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from temporalio.runtime import (
    BufferedMetricUpdate,
    MetricBuffer,
    MetricBufferDurationFormat,
    Runtime,
    TelemetryConfig,
)

_SIZE = 100_000
"""Updates that the SDK keeps until they are fetched; what is more is lost, and said."""
_EVERY = 1.0
"""Seconds between two fetches."""
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_TASK = "temporal_workflow_task_"
_ACTIVITY = "temporal_activity_"


class SdkMetrics:
    """Follows what the SDK measures of the clients and workers on ``runtime``."""

    def __init__(self) -> None:
        self._buffer = MetricBuffer(_SIZE, MetricBufferDurationFormat.SECONDS)
        self.runtime = Runtime(telemetry=TelemetryConfig(metrics=self._buffer))
        self._stop = threading.Event()
        self._failed = Counter(
            f"{_TASK}execution_failed",
            "Attempts at workflow tasks that failed.",
            ("workflow_type", "failure_reason"),
            registry=None,
        )
        self._requests = Counter(
            "temporal_request_failure",
            "Questions to the engine that failed.",
            ("operation", "status_code"),
            registry=None,
        )
        self._slots = Gauge(
            "temporal_worker_task_slots_available", "What is free.", ("worker_type",), registry=None
        )
        self._waited = {
            name: Histogram(f"{name}_seconds", says, buckets=_SECONDS, registry=None)
            for name, says in (
                (f"{_TASK}schedule_to_start_latency", "How long workflow tasks waited for a worker."),
                (f"{_ACTIVITY}schedule_to_start_latency", "How long activities waited for a worker."),
            )
        }

    def register(self, registry: CollectorRegistry) -> None:
        """Have them shown."""
        for one in (self._failed, self._requests, self._slots, *self._waited.values()):
            registry.register(one)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Fetch what was measured every second, until the block is left."""
        self._stop.clear()
        thread = threading.Thread(target=self._follow, name="sdk-metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _follow(self) -> None:
        while not self._stop.wait(_EVERY):
            for update in self._buffer.retrieve_updates():
                self._take(update)

    def _take(self, update: BufferedMetricUpdate) -> None:
        name, told = update.metric.name, update.attributes
        if name in self._waited:
            self._waited[name].observe(update.value)
        elif name == "temporal_worker_task_slots_available":
            self._slots.labels(told.get("worker_type", "")).set(update.value)
        elif name == f"{_TASK}execution_failed":
            labels = (told.get("workflow_type", ""), told.get("failure_reason", ""))
            self._failed.labels(*labels).inc(update.value)
        elif name == "temporal_request_failure":
            labels = (told.get("operation", ""), told.get("status_code", ""))
            self._requests.labels(*labels).inc(update.value)
