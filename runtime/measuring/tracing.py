"""Traces for OpenTelemetry: one from a command through update, workflow, activity and commit to the letter.

The interceptor of Temporal's SDK would hang every message of a case on the trace of its start: a case lasts
for years. Here each message has the trace of its command, and a workflow passes it on, in a header, to what
it asks for. Spans have ids and names of messages and nothing else: what an error says may be personal.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Engine

from activities.case.delivery import Letter, Send
from activities.case.trace import TRACE

_W3C = TraceContextTextMapPropagator()
_FLUSH = 2.0
"""Seconds that the end of a process waits for whoever takes the spans."""


def started() -> None:
    """Have spans sent to where OTEL_EXPORTER_OTLP_ENDPOINT says; whoever has arranged otherwise is let be."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        trace.set_tracer_provider(provider)


def finished() -> None:
    """Send what is left; nobody waits longer than two seconds for it."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        sending = threading.Thread(target=provider.force_flush, daemon=True)
        sending.start()
        sending.join(_FLUSH)


@contextmanager
def span(name: str, of: str = "", kind: SpanKind = SpanKind.INTERNAL, **ids: str) -> Iterator[str]:
    """A span beneath the place ``of``, or beneath where we are; its own place. ``ids``: nothing personal."""
    tracer, parent = trace.get_tracer("accord"), context(of) if of else None
    attributes = {f"accord.{key}": value for key, value in ids.items()}
    manner: dict[str, Any] = {"record_exception": False, "set_status_on_exception": False}
    with tracer.start_as_current_span(name, parent, kind, attributes, **manner) as here:
        token = TRACE.set(place())
        try:
            yield TRACE.get()
        except Exception as error:
            _failed(here, error)
            raise
        finally:
            TRACE.reset(token)


def _failed(here: Span, error: Exception) -> None:
    here.set_attribute("error.type", type(error).__name__)
    here.set_status(StatusCode.ERROR)


def context(of: str) -> Context:
    """The place ``of`` as OpenTelemetry has it."""
    return _W3C.extract({"traceparent": of})


def place() -> str:
    """Where we are, as ``traceparent``."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent", "")


def instant(name: str, of: str, at: int, ids: Mapping[str, str]) -> None:
    """Something that took no time: at ``at``, in nanoseconds since 1970."""
    attributes = {f"accord.{key}": value for key, value in ids.items()}
    tracer = trace.get_tracer("accord")
    tracer.start_span(name, context(of), attributes=attributes, start_time=at).end(end_time=at)


def with_commits(database: Engine) -> None:
    """Have a span for every commit that is part of a trace: that is when the disk is waited for."""
    commit: Callable[[Any], None] = database.dialect.do_commit

    def traced(connection: Any) -> None:
        if not trace.get_current_span().get_span_context().is_valid:
            return commit(connection)
        with span("commit", kind=SpanKind.CLIENT):
            return commit(connection)

    database.dialect.do_commit = traced  # type: ignore[method-assign, assignment]


def with_letters(send: Send) -> Send:
    """Have a span for every letter, beneath what it tells of."""

    def traced(letter: Letter) -> str:
        if not letter.trace:
            return send(letter)
        with span("letter", letter.trace, SpanKind.CLIENT, case=letter.case):
            return send(letter)

    return traced
