"""Whatever people do with directory, votes and payments, in whatever order: who acts has the role, nobody
does both of what takes two, and what is paid goes to an account that was confirmed and has cooled.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from activities.case import registry
from activities.money import fund
from adapters.database import connect, migrate
from adapters.documents import load
from models.partnership.programme import Programme
from runtime.settings import ROOT
from services.programmes import PROGRAMMES
from tests.support.entries import NOW
from tests.support.paying_machine import TOLD, Life
from tests.support.payment_desk import Clock

PROVING = "ACCORD_PROVE" in os.environ
STEPS = 100_000 if PROVING else 800
RUN = settings(
    max_examples=100 if PROVING else 10,
    stateful_step_count=80,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
MET = {"request", "vote approve", "vote approve for another", "hold", "release", "match", "returned by two"}
MET |= {"pay: ACSC", "pay: not-as-approved", "pay: account-changed", "pay: account-cooling", "pay: held"}
MET |= {"pay: fund-frozen", "thawed by two", "confirmed", "ended", "delegated", "revoked", "withdrawn"}
MET |= {"vote approve, refused: second-vote", "vote approve, refused: own-proposal"}
MET |= {"vote approve, refused: role-not-held", "match, refused: duties", "release, refused: two-people"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory, where the machine has such a folder: a database is made for every run."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(prefix="accord-paying-", dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.mark.database
@pytest.mark.timeout(14_400 if PROVING else 240)
def test_nobody_acts_without_the_role_and_nothing_is_paid_that_two_did_not_approve(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Life.programme, Life.clock, Life.template = _programme(), Clock(), folder / "template.db"
    _furnish(Life.template, Life.programme)
    number = int(os.environ.get("ACCORD_SEED") or random.randrange(2**32))
    TOLD.clear()
    with Life.clock.put_in_place():
        while TOLD["steps"] < STEPS:
            print(f"ACCORD_SEED={number}")  # shown when it fails
            run_state_machine_as_test(seed(number)(Life), settings=RUN)
            number += 1
    if PROVING:
        with capsys.disabled():
            print("\n" + ", ".join(f"{what} {times:,}" for what, times in TOLD.most_common()))
        assert {what for what in MET if not TOLD[what]} == set()


def _programme() -> Programme:
    return load(ROOT / "programmes" / "k-city-2020.toml", PROGRAMMES.read)  # type: ignore[return-value]


def _furnish(file: Path, programme: Programme) -> None:
    """A database with the programme and its fund, and nobody in it."""
    database = connect(f"sqlite:///{file}")
    migrate(database)
    with database.begin() as connection:
        fund.register(connection, programme.fund, NOW)
        registry.register(connection, programme, NOW)
    database.dispose()  # the last connection takes what was written into the one file that is copied
