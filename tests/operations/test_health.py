"""Whether a worker lives and can do its work: the rules, and what `accord health` says of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.errors import Exit
from models.operations.health import (
    DEAF,
    LATE,
    SILENT,
    Check,
    Health,
    Part,
    is_wedged,
    life,
    not_ready,
    outbox,
    polling,
    ready,
    schema,
)
from runtime.workers import signs
from tests.support.command import inside

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WELL = tuple(ready(part, "well") for part in Part if part is not Part.WORKER)


def found(at: datetime, *checks: Check) -> Health:
    """What a worker has found."""
    return Health(at=at, pid=7, checks=checks or WELL)


@pytest.mark.parametrize(
    ("known", "lives"),
    [(None, False), (found(NOW), True), (found(NOW - SILENT), True), (found(NOW - SILENT - SECOND), False)],
)
def test_a_worker_lives_that_has_just_spoken(known: Health | None, lives: bool) -> None:
    assert life(known, NOW).is_ready is lives


@pytest.mark.parametrize(
    ("oldest", "since", "well"),
    [
        (None, NOW - 9 * LATE, True),
        (NOW - LATE, NOW - 9 * LATE, True),
        (NOW - LATE - SECOND, NOW - 9 * LATE, False),
        (NOW - 9 * LATE, NOW - LATE, True),  # it has just begun its work
    ],
)
def test_notices_that_are_due_are_tried(oldest: datetime | None, since: datetime, well: bool) -> None:
    assert outbox(oldest, since, NOW).is_ready is well


@pytest.mark.parametrize(("silent", "well"), [(None, False), (DEAF, True), (DEAF + SECOND, False)])
def test_a_worker_asks_for_work(silent: timedelta | None, well: bool) -> None:
    assert polling(silent).is_ready is well


@pytest.mark.parametrize(("there", "well"), [("0015", True), ("0014", False), ("0016", False), (None, False)])
def test_the_schema_is_that_of_this_version(there: str | None, well: bool) -> None:
    check = schema(there, "0015")
    assert (check.is_ready, "accord setup" in check.to_do) == (well, not well)


@pytest.mark.parametrize(
    ("engine", "polls", "wedged"), [(True, True, False), (True, False, True), (False, False, False)]
)
def test_a_new_start_helps_where_the_engine_answers_and_nobody_asks(
    engine: bool, polls: bool, wedged: bool
) -> None:
    parts = {Part.ENGINE: engine, Part.POLLING: polls}
    checks = [ready(part, "") if well else not_ready(part, "", "") for part, well in parts.items()]
    assert is_wedged(checks) is wedged


def test_life_and_readiness_are_two_questions(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    away = not_ready(Part.DATABASE, "connection refused", "start it")
    signs.write(tmp_path / "worker.json", found(datetime.now(UTC), *WELL[1:], away))
    assert inside(tmp_path, "health").code == Exit.DONE
    told = inside(tmp_path, "health", "--ready", "-o", "json")
    assert told.code == Exit.VERIFICATION
    assert {row["part"]: row["state"] for row in told.data()}["database"] == "not ready"
    assert told.error()["message"] == "Not ready: database: connection refused."
    assert told.error()["hint"] == "start it"


def test_a_worker_that_ends_takes_its_own_signs_away_and_no_others(tmp_path: Path) -> None:
    signs.write(tmp_path / "worker.json", found(NOW))
    signs.forget(tmp_path / "worker.json", 8)
    assert signs.read(tmp_path / "worker.json") == found(NOW)
    signs.forget(tmp_path / "worker.json", 7)
    assert signs.read(tmp_path / "worker.json") is None


@pytest.mark.parametrize("content", ["", "{", '{"at": 1}'])
def test_a_file_that_says_nothing_is_no_sign_of_life(tmp_path: Path, content: str) -> None:
    (tmp_path / "worker.json").write_text(content)
    assert signs.read(tmp_path / "worker.json") is None
