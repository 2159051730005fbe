"""Whatever people do in a case, in whatever order: what approval promises is kept. See approval_machine."""

import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from models.case.panel import Outcome
from models.case.rule import CaseRule
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
    *(
        CaseRule.STAGE_OVER,
        CaseRule.STALE_CONTENT,
        CaseRule.OWN_PROPOSAL,
        CaseRule.SECOND_VOTE,
        CaseRule.DUTIES,
    ),
    *(CaseRule.COOLING_OFF, CaseRule.CONFLICTED, CaseRule.DECLARATION_MISSING, CaseRule.NOT_DELEGATED),
    *(CaseRule.OVER_DELEGATION, CaseRule.NOT_ATTESTED, CaseRule.NOT_A_MEMBER, CaseRule.UNKNOWN_ROLE),
    *(CaseRule.ROLE_NOT_HELD, CaseRule.SEAT_TAKEN, CaseRule.NOT_YET, CaseRule.COMMENT_REQUIRED),
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
