"""Whatever people do in a case, in whatever order: what approval promises is kept. See approval_machine."""

import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from models.case.panel import Outcome
from models.case.rule import Rule
from tests.support.approval_machine import TOLD, Case

PROVING = "ACCORD_PROVE" in os.environ
STEPS = 100_000 if PROVING else 1_000
RUN = settings(
    max_examples=250 if PROVING else 60,
    stateful_step_count=100 if PROVING else 30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

RULES = {
    *(Rule.STAGE_OVER, Rule.STALE_CONTENT, Rule.OWN_PROPOSAL, Rule.SECOND_VOTE, Rule.DUTIES),
    *(Rule.COOLING_OFF, Rule.CONFLICTED, Rule.DECLARATION_MISSING, Rule.NOT_DELEGATED),
    *(Rule.OVER_DELEGATION, Rule.NOT_ATTESTED, Rule.NOT_A_MEMBER, Rule.UNKNOWN_ROLE),
    *(Rule.ROLE_NOT_HELD, Rule.SEAT_TAKEN, Rule.NOT_YET, Rule.COMMENT_REQUIRED),
}
"""Whatever can keep a vote from being counted."""

DECIDED = (Outcome.APPROVED, Outcome.REJECTED, Outcome.RETURNED)
"""What votes come to; the other outcomes are what becomes of a gate without them."""


@pytest.mark.timeout(3600 if PROVING else 120)
def test_no_history_of_a_case_breaks_what_approval_promises(capsys: pytest.CaptureFixture[str]) -> None:
    first = int(os.environ.get("ACCORD_SEED") or random.randrange(2**32))
    told = prove(first)
    assert told["steps"] >= STEPS
    assert told["counted"]
    if not PROVING:
        return
    with capsys.disabled():
        print(f"\napproval: {told['steps']:,} steps, ACCORD_SEED={first}")
        print(", ".join(f"{what} {number:,}" for what, number in told.most_common()))
    assert all(told[f"refused: {rule}"] for rule in RULES)
    assert all(told[f"outcome: {outcome}"] for outcome in DECIDED)
    assert all(told[what] for what in ("counted by delegation", "escalated", "revised", "next gate"))


def prove(first: int) -> Counter[str]:
    """Run cases until there were ``STEPS`` steps, each batch from the next seed; count what happened."""
    TOLD.clear()
    number = first
    while TOLD["steps"] < STEPS:
        print(f"ACCORD_SEED={number}")  # shown when it fails
        run_state_machine_as_test(seed(number)(Case), settings=RUN)
        number += 1
    return TOLD
