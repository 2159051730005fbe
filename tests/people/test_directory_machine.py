"""Whatever people do with the directory, in whatever order: roles and accounts that move money take two."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from activities.money.fund import register
from adapters.database import connect, migrate
from models.money.fund import Fund, Sleeve
from tests.support.directory_machine import TOLD, Life
from tests.support.entries import NOW

PROVING = "ACCORD_PROVE" in os.environ
STEPS = 100_000 if PROVING else 400
RUN = settings(
    max_examples=200 if PROVING else 12,
    stateful_step_count=60 if PROVING else 30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
MET = {"confirmed: True", "confirmed: False", "ended: True", "delegated", "refused: two-people"}
MET |= {"refused: benefits", "refused: role-not-held", "at once: person ended", "withdrawn: True"}


@pytest.mark.database
@pytest.mark.timeout(7200 if PROVING else 180)
def test_no_run_of_steps_lets_one_human_do_what_takes_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Life.template = tmp_path / "template.db"
    database = connect(f"sqlite:///{Life.template}")
    migrate(database)
    with database.begin() as connection:
        sleeve = Sleeve(id="part", name="Part", cap=1)
        register(connection, Fund(id="f", name="F", currency="KRW", cap=1, sleeves=(sleeve,)), NOW)
    database.dispose()  # the last connection takes what was written into the one file that is copied
    number = int(os.environ.get("ACCORD_SEED") or random.randrange(2**32))
    TOLD.clear()
    while TOLD["steps"] < STEPS:
        print(f"ACCORD_SEED={number}")  # shown when it fails
        run_state_machine_as_test(seed(number)(Life), settings=RUN)
        number += 1
    if PROVING:
        with capsys.disabled():
            print("\n" + ", ".join(f"{what} {times:,}" for what, times in TOLD.most_common()))
        assert {what for what in MET if not TOLD[what]} == set()
