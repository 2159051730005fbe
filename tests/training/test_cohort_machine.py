"""Whatever happens to cohorts: seats, waiting lists and money are right. See cohort_machine."""

import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from models.money.rule import MoneyRule
from tests.support.cohort_machine import TOLD, Cohorts

PROVING = "ACCORD_PROVE" in os.environ
STEPS = 100_000 if PROVING else 400
RUN = settings(
    max_examples=40 if PROVING else 5,
    stateful_step_count=200 if PROVING else 50,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
HAPPENS = ("own seat", "free seat", "enough", "too few", "moved")


@pytest.mark.timeout(7200 if PROVING else 120)
def test_no_run_of_steps_breaks_seats_or_money(database: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    first = int(os.environ.get("ACCORD_SEED") or random.randrange(2**32))
    told = prove(database, first)
    assert told["steps"] >= STEPS
    if not PROVING:
        return
    with capsys.disabled():
        print(f"\ncohorts on {database.dialect.name}: {told['steps']:,} steps, ACCORD_SEED={first}")
        print(", ".join(f"{what} {number:,}" for what, number in told.most_common()))
    assert all(told[what] for what in HAPPENS)
    assert told[f"refused: {MoneyRule.FUNDS_SHORT}"] and told[f"refused: {MoneyRule.COMMITMENT_EXCEEDED}"]


def prove(database: Engine, first: int) -> Counter[str]:
    """Run cohorts until there were ``STEPS`` steps, each batch from the next seed; count what happened."""
    TOLD.clear()
    Cohorts.database = database
    number = first
    while TOLD["steps"] < STEPS:
        print(f"ACCORD_SEED={number}")  # shown when it fails
        run_state_machine_as_test(seed(number)(Cohorts), settings=RUN)
        number += 1
    return TOLD
