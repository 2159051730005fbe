"""One trace from a command to the commit and the letter, with nothing personal in it."""

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runtime.measuring import telemetry
from runtime.measuring.tracing import span
from runtime.settings import ROOT
from tests.support.installation import installation
from tests.support.patience import eventually

COMMENT = "Ms Kim has seen it, for 1,000,001."


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """Takes the spans of this process from now on."""
    provider = TracerProvider()
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """The same for one test, with traces on."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    exporter.clear()
    return exporter


def of_trace(found: Sequence[ReadableSpan], name: str) -> list[ReadableSpan]:
    """The spans of the trace that this span began."""
    root = next(one for one in found if one.name == name)
    return [
        one for one in found if one.context and root.context and one.context.trace_id == root.context.trace_id
    ]


@pytest.mark.engine
async def test_one_trace_goes_from_a_command_to_the_commit_and_the_letter(
    spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    async with installation(tmp_path) as house:
        case = await house.propose()
        await case.approve("review")
        gate = await case.gate("funding")
        with telemetry.command("decide"):
            assert (await case.vote(gate, "molit.park", "return", COMMENT)).accepted
            await case.vote(gate, "treasury.cho", "return", COMMENT)

        def delivered() -> list[ReadableSpan]:
            found = of_trace(spans.get_finished_spans(), "accord decide")
            return found if any(one.name == "letter" for one in found) else []

        found = await eventually(delivered, "its letter is part of the trace")
    by_id = {one.context.span_id: one for one in found if one.context}
    letter = next(one for one in found if one.name == "letter")
    way = []
    while letter.parent:
        letter = by_id[letter.parent.span_id]
        way.append(letter.name)
    assert way == ["record", "update decide", "accord decide"]
    assert {"handle decide", "commit"} <= {one.name for one in found}
    for one in found:
        said = json.dumps([one.name, dict(one.attributes or {}), [event.name for event in one.events]])
        assert not {"Kim", "1000001", "molit.park"} & set(said.replace(",", " ").split()), said
        assert set(one.attributes or {}) <= {"accord.workflow", "accord.case"}


def test_an_error_in_a_span_says_its_kind_and_not_its_words(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Kim"), span("work"):
        raise ValueError(COMMENT)
    (one,) = spans.get_finished_spans()
    assert dict(one.attributes or {}) == {"error.type": "ValueError"}
    assert one.events == () and one.status.description is None


def test_a_log_line_says_of_which_trace_it_is(
    spans: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
) -> None:
    from runtime import logs

    logs.configure(logging.INFO)
    with span("work") as here:
        logging.getLogger("accord").info("said")
    logging.getLogger("accord").info("untraced")
    logs.configure(50)
    said, untraced = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert said["trace"] == here.split("-")[1]
    assert "trace" not in untraced


@pytest.mark.database
def test_where_nobody_wants_them_nothing_of_it_is_imported() -> None:
    looked = (
        "import sys, worker, runtime.workers.plugin; runtime.workers.plugin.plugin();"
        "sys.exit(bool({'opentelemetry', 'prometheus_client', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", looked], cwd=ROOT, env={"PATH": ""}, check=False)
    assert done.returncode == 0
