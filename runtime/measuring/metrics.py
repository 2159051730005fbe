"""The metrics of a worker, for Prometheus: off unless ACCORD_METRICS names an address.

Whoever asks for them gets them in a thread of its own; nothing in them names a case, a person or an amount.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import Engine
from temporalio.runtime import Runtime

from models.operations.figures import Figures
from runtime.care.backup import LAST, LastBackup
from runtime.measuring.alarm import Alarm
from runtime.measuring.batches import Batches
from runtime.measuring.gauging import Gauging
from runtime.measuring.sdk_metrics import SdkMetrics
from runtime.settings import Settings
from runtime.temporal.engine import EngineError

_LOOPBACK = "127.0.0.1"


class Place(NamedTuple):
    """Where metrics are asked for."""

    host: str
    port: int


def place(address: str) -> Place:
    """Where ``9464``, ``127.0.0.1:9464`` or ``[::1]:9464`` is. EngineError: it is none."""
    host, _, port = address.rpartition(":")
    if not port.isdigit() or int(port) > 65_535:
        raise EngineError("ACCORD_METRICS takes a port, or an address and a port: 127.0.0.1:9464.")
    return Place(host.strip("[]") or _LOOPBACK, int(port))


class Metrics:
    """Of one worker."""

    def __init__(self, settings: Settings) -> None:
        assert settings.metrics
        self._place = place(settings.metrics)
        self._settings = settings
        self.registry = CollectorRegistry()
        self.batches = Batches(self.registry)
        self._sdk = SdkMetrics()
        self._sdk.register(self.registry)
        self.port = 0
        """Where it answers; 0: it does not."""
        ProcessCollector(registry=self.registry)

    @property
    def runtime(self) -> Runtime:
        """What the client of the worker runs on, so that the SDK measures."""
        return self._sdk.runtime

    @contextmanager
    def served(self, database: Engine, alarm: Alarm) -> Iterator[int]:
        """Answer whoever asks, until the block is left, at this port; 0: it is taken, which is said, and the
        worker goes on, for decisions come first.
        """
        self.registry.register(_Installation(Gauging(database), alarm, self._settings))
        with ExitStack() as stack:
            stack.enter_context(self._sdk.followed())
            try:
                server, thread = start_http_server(self._place.port, self._place.host, self.registry)
            except OSError as error:
                structlog.get_logger("accord").error("no metrics", address=self._place, error=str(error))
                yield 0
                return
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            self.port = server.server_port
            yield self.port


class _Installation:
    """Asks the database when it is asked itself."""

    def __init__(self, gauging: Gauging, alarm: Alarm, settings: Settings) -> None:
        self._gauging = gauging
        self._alarm = alarm
        self._settings = settings

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked when it is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All there is now; what the database does not say is left out."""
        found = self._gauging.look()
        yield _gauge(
            "accord_database_up", "Whether the database answers within two seconds.", int(found is not None)
        )
        yield from _of_the_database(found) if found else ()
        yield from _of_the_alarm(self._alarm)
        yield _gauge(
            "accord_last_backup_timestamp_seconds",
            "When it was backed up last; 0: never.",
            _last_backup(self._settings),
        )


def _of_the_database(found: Figures) -> Iterator[Metric]:
    yield _gauge("accord_overdue_decisions", "Open gates whose deadline is over.", found.overdue)
    yield _gauge(
        "accord_outbox_oldest_seconds",
        "For how long a letter is due that was not tried.",
        found.outbox_seconds,
    )
    yield _gauge("accord_letters_refused", "Letters refused for good.", found.refused_letters)
    yield _gauge(
        "accord_payments_in_doubt", "Payments of which nobody knows whether they were made.", found.in_doubt
    )
    yield _gauge("accord_funds_frozen", "Levels of funds that are frozen.", found.frozen)
    yield _gauge("accord_record_number", "The number of the newest entry of the record.", found.last_record)
    differences = "Differences between engine, record and ledger that were put on record."
    yield CounterMetricFamily("accord_differences", differences, found.differences)
    cases = GaugeMetricFamily("accord_open_cases", "Open cases and parts of cases.", labels=("kind", "stage"))
    for labels, count in sorted(found.open_cases.items()):
        cases.add_metric(labels, count)
    yield cases


def _of_the_alarm(alarm: Alarm) -> Iterator[Metric]:
    when = "When workflows whose tasks fail were looked for last."
    yield _gauge("accord_failing_checked_timestamp_seconds", when, alarm.looked_at)
    if alarm.failing is not None:
        what = "Workflows of which a task has failed twice, and fails on."
        yield _gauge("accord_failing_workflows", what, alarm.failing)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value)


def _last_backup(settings: Settings) -> float:
    with suppress(OSError, ValueError):
        return LastBackup.model_validate_json((settings.home / LAST).read_bytes()).taken_at.timestamp()
    return 0.0
