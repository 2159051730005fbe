"""`accord chaos`: an installation to which everything happens keeps what is promised; one that breaks a
promise on purpose (``tests/support/broken``) is found out by the checker.

ACCORD_SEED says what happens. `make prove` goes on for ten minutes on both databases, and breaks all three.
"""

import os
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from runtime.settings import ROOT
from services.case.cases import CaseService
from testing.chaos import run as runs
from testing.chaos.checker import Promise
from testing.chaos.history import History
from testing.chaos.run import Plan, Report

PROVING = "ACCORD_PROVE" in os.environ
SEED = int(os.environ.get("ACCORD_SEED") or random.randrange(10**6))
RUNS = (
    [("all", "sqlite", 600.0), ("all", "postgresql", 600.0)] if PROVING else [("operators", "sqlite", 15.0)]
)
"""Kills are in the suite already (``test_e10_kills.py``), at a pace at which people are answered."""
BROKEN = {"acknowledged": Promise.ACKNOWLEDGED, "paid": Promise.PAID, "books": Promise.BOOKS}
BREAKING = Path(__file__).parents[1] / "support" / "broken"

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1500)]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a run keeps all that it makes; its name is short, for sockets lie in it."""
    with TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as place:
        (Path(place) / "home").mkdir(mode=0o700)
        yield Path(place)


async def suffered(folder: Path, plan: Plan) -> Report:
    """What came of a run."""
    print(f"ACCORD_SEED={plan.seed}")
    with closing(History(folder / "history.jsonl")) as history:
        return await runs.run(plan, folder / "home", history, print)


@pytest.mark.parametrize(("scenario", "database", "seconds"), RUNS)
async def test_what_is_promised_holds(folder: Path, scenario: str, database: str, seconds: float) -> None:
    report = await suffered(folder, Plan(scenario, SEED, seconds, database))
    assert report.violations == ()
    assert report.happened
    assert report.operations


@pytest.mark.parametrize("broken", BROKEN if PROVING else ["acknowledged"])
async def test_a_promise_that_is_broken_is_found_out(
    folder: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", broken)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{BREAKING}")
    monkeypatch.setattr(runs, "LONGEST_END", 15.0)  # what was broken may never end
    # the services ask the record before they believe an answer: here, they believe
    monkeypatch.setattr(CaseService, "_on_record", lambda self, case, answer: answer)
    report = await suffered(folder, Plan("calm", SEED, 8.0))
    assert BROKEN[broken] in {one.promise for one in report.violations}
