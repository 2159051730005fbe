"""Whatever happens to money, in whatever order: the books are right after every step. See fund_machine."""

import os
import random

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from models.money.rule import MoneyRule
from models.money.transfer import TransferKind
from tests.support.fund_machine import Ledger

PROVING = "ACCORD_PROVE" in os.environ
RUN = settings(
    max_examples=150 if PROVING else 6,
    stateful_step_count=60 if PROVING else 30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
MOVED = set(TransferKind) - {TransferKind.ALLOT, TransferKind.PLEDGE}
REFUSED = {
    MoneyRule.FUNDS_SHORT,
    MoneyRule.FUND_FROZEN,
    MoneyRule.COMMITMENT_EXCEEDED,
    MoneyRule.PENDING_RESOLVED,
    MoneyRule.WRONG_CURRENCY,
}


@pytest.mark.timeout(3600 if PROVING else 120)
def test_no_run_of_steps_breaks_the_books(database: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    first = int(os.environ.get("ACCORD_SEED") or random.randrange(2**32))
    Ledger.database, Ledger.steps_taken, Ledger.met = database, 0, set()
    print(f"ACCORD_SEED={first}")  # shown when it fails
    run_state_machine_as_test(seed(first)(Ledger), settings=RUN)
    assert Ledger.steps_taken > RUN.max_examples
    if PROVING:
        with capsys.disabled():
            print(f"\nmoney on {database.dialect.name}: {Ledger.steps_taken:,} steps, ACCORD_SEED={first}")
        assert {f"{kind}: None" for kind in MOVED} | {"offered"} <= Ledger.met
        assert all(any(met.endswith(str(rule)) for met in Ledger.met) for rule in REFUSED)
