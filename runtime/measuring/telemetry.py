"""What is measured and traced, where somebody wants to know: nothing of it is imported otherwise."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from activities.case.delivery import Send
    from runtime.measuring.metrics import Metrics
    from runtime.measuring.tracing_messages import Tracing
    from runtime.settings import Settings

_WANTED = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""OpenTelemetry's own settings: whoever says where traces go wants them."""


def metrics(settings: "Settings") -> "Metrics | None":
    """The metrics of this worker; None: ACCORD_METRICS does not ask for any."""
    if not settings.metrics:
        return None
    from runtime.measuring.metrics import Metrics

    return Metrics(settings)


def is_traced() -> bool:
    """Whether the environment says where traces go, and what sends them is installed."""
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    is_wanted = not is_off and any(os.environ.get(name) for name in _WANTED)
    return is_wanted and find_spec("opentelemetry") is not None


def tracing() -> "list[Tracing]":
    """What passes traces on with messages; nothing, where nobody wants them."""
    if not is_traced():
        return []
    from runtime.measuring.tracing import started
    from runtime.measuring.tracing_messages import Tracing

    started()
    return [Tracing()]


def traced(database: "Engine", send: "Send") -> "Send":
    """How letters are sent; ``database`` shows its commits from now on."""
    if not is_traced():
        return send
    from runtime.measuring.tracing import with_commits, with_letters

    with_commits(database)
    return with_letters(send)


@contextmanager
def command(name: str) -> Iterator[None]:
    """One command, from its first line to its last: the trace of all that follows from it."""
    if not is_traced():
        yield
        return
    from runtime.measuring.tracing import span, started

    started()
    try:
        with span(f"accord {name}"):
            yield
    finally:
        finished()


def finished() -> None:
    """Send what is not sent yet; nobody waits long for it."""
    if is_traced():
        from runtime.measuring import tracing

        tracing.finished()
