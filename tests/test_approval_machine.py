"""Whatever people do in a case, in whatever order: what approval promises is kept."""

import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import approval_machine

PROVING = "ACCORD_PROVE" in os.environ
STEPS = 100_000 if PROVING else 1_500
RUN = settings(
    max_examples=500 if PROVING else 60,
    stateful_step_count=50 if PROVING else 30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(3600 if PROVING else 120)
def test_no_history_of_a_case_breaks_what_approval_promises(capsys: pytest.CaptureFixture[str]) -> None:
    first = int(os.environ.get("ACCORD_SEED") or random.randrange(2**32))
    print(f"ACCORD_SEED={first} {approval_machine.__name__}")
    told = prove(first)
    if PROVING:
        with capsys.disabled():
            print(f"\n{told['steps']} steps of {approval_machine.__name__}, ACCORD_SEED={first}")
            print(", ".join(f"{number} {what}" for what, number in told.most_common()))
    print(told)


def prove(first: int) -> Counter[str]:
    """Run cases until there were ``STEPS`` steps, each time from the next seed. What happened is counted."""
    approval_machine.TOLD.clear()
    number = first
    while approval_machine.TOLD["steps"] < STEPS:
        run_state_machine_as_test(seed(number)(approval_machine.Case), settings=RUN)
        number += 1
    return approval_machine.TOLD
