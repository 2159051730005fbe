"""What is a difference between engine and record, and what is none: the pure rules."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.operations.comparison import (
    YOUNG,
    InEngine,
    OnRecord,
    Trace,
    differences,
    further_differences,
)
from models.operations.difference import DifferenceKind

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LONG_AGO, JUST_NOW = NOW - 2 * YOUNG, NOW - YOUNG / 2


def row(**more: Any) -> OnRecord:
    """An open case, whose last message is record 9."""
    known = {"closed_at": None, "wrote": 9, "begun_by": "r1", "heard": 9, "heard_at": LONG_AGO}
    return OnRecord(**{"id": "A-1", "number": "A-1", "workflow_id": "partnership/A-1"} | known | more)


def run(**more: Any) -> InEngine:
    """A workflow that goes on, in its first run."""
    known: dict[str, Any] = {
        "workflow_id": "partnership/A-1",
        "kind": "partnership",
        "run_id": "r1",
        "status": "running",
    }
    return InEngine(**known | {"started_at": LONG_AGO - timedelta(days=1), "first_run": "r1"} | more)


@pytest.mark.parametrize(
    ("on_record", "in_engine", "kinds"),
    [
        (row(), run(), []),
        (row(), None, ["missing"]),
        (row(), run(status="terminated"), ["ended"]),
        (row(), run(status="failed"), ["ended"]),
        (row(closed_at=LONG_AGO), run(), ["still-running"]),
        (row(closed_at=JUST_NOW), run(), []),
        (row(closed_at=LONG_AGO), run(status="completed"), []),
        (row(closed_at=LONG_AGO), None, []),
        (None, None, []),
        (None, run(status="terminated"), []),
        (None, run(), ["not-begun"]),
        (None, run(started_at=JUST_NOW), []),
        (None, run(started_at=JUST_NOW, signed=False), ["squatted"]),
    ],
)
def test_both_are_there_or_it_has_a_name(
    on_record: OnRecord | None, in_engine: InEngine | None, kinds: list[str]
) -> None:
    assert [one.kind for one in differences(on_record, in_engine, NOW)] == kinds


KNOWS = Trace(told=9, gates=frozenset({"A-1:review:1"}))
AT_REVIEW = row(gates=frozenset({"A-1:review:1"}))


@pytest.mark.parametrize(
    ("on_record", "in_engine", "trace", "kinds"),
    [
        (AT_REVIEW, run(), KNOWS, []),
        (AT_REVIEW, run(failing=True), KNOWS, ["failing"]),
        (AT_REVIEW, run(), KNOWS._replace(start_known=False), ["started-again"]),
        (AT_REVIEW, run(), KNOWS._replace(reset_known=False), ["reset"]),
        (AT_REVIEW, run(), KNOWS._replace(missing=(10, 11)), ["engine-ahead"]),
        (AT_REVIEW, run(), KNOWS._replace(told=8), ["record-ahead"]),
        (AT_REVIEW, run(), KNOWS._replace(told=8, writing=True), []),
        (AT_REVIEW, run(started_at=NOW), KNOWS._replace(told=8), []),
        (AT_REVIEW, run(reset_at=NOW), KNOWS._replace(told=8), []),
        (AT_REVIEW._replace(heard=0, heard_at=None), run(), KNOWS._replace(told=0), []),
        (AT_REVIEW._replace(gates=frozenset()), run(), KNOWS, ["gate-in-engine"]),
        (AT_REVIEW, run(), KNOWS._replace(gates=frozenset()), ["gate-on-record"]),
        (AT_REVIEW, run(), KNOWS._replace(gates=frozenset(), writing=True), []),
        (AT_REVIEW, run(), KNOWS._replace(gates=None), []),
    ],
)
def test_what_a_running_workflow_knows_agrees_or_it_has_a_name(
    on_record: OnRecord, in_engine: InEngine, trace: Trace, kinds: list[str]
) -> None:
    assert [one.kind for one in further_differences(on_record, in_engine, trace)] == kinds


@pytest.mark.parametrize("kind", DifferenceKind)
def test_every_kind_says_what_it_is_and_what_to_do(kind: DifferenceKind) -> None:
    assert kind.says
    assert kind.todo
    assert not kind.says.endswith(".")


def test_a_difference_is_another_one_when_something_has_happened_since() -> None:
    (one,) = differences(row(), None, NOW)
    (same,) = differences(row(), None, NOW + YOUNG)
    (later,) = differences(row(wrote=12), None, NOW)
    assert one.key == same.key != later.key
    assert len(one.key) <= 200
