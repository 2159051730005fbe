"""Nothing acknowledged is lost or counted twice: through SIGKILL of the worker and of the server."""

import asyncio
import os
from collections import Counter
from functools import partial

import pytest
from temporalio.api.enums.v1 import EventType

from activities.money import book as journal
from activities.money import level
from models.case.record import Answer
from runtime.temporal.embedded import Embedded
from runtime.workers.worker import working
from services.case.updates import Unreachable
from tests.support import forks
from tests.support.crashing_worker import CRASHING
from tests.support.house import Case, House, Patient, proposal
from tests.support.patience import eventually, eventually_async, patience

KILL_POINTS = [
    "CRASH:review:1:opened",
    "CRASH:funding:1:opened",
    "CRASH:study.inception-delivery:1:opened",
    "CRASH:study.interim-delivery:1:opened",
    "CRASH:agreement.signing:1:opened",
    "CRASH:closed",
]
"""Entries after whose commit the worker dies: proposal, reservation, contract, payment, signing, end."""

if "ACCORD_PROVE" not in os.environ:
    KILL_POINTS = KILL_POINTS[1:4:2]  # money reserved, money paid; `make prove` tries them all


async def agree(house: House, case: Case) -> None:
    """The record and the histories of a case tell the same decisions, each exactly once."""
    answered = Counter(
        [
            seq
            for part in ("", "/study", "/agreement")
            for seq in await _answered(house, f"partnership/{case.id}{part}")
        ]
    )
    rows = [row for row in case.history() if row["actor"] != "accord" and row["action"] != "proposed"]
    assert answered == Counter(row["seq"] for row in rows)
    keys = Counter(row["key"] for row in case.history())
    assert set(keys.values()) == {1}


async def _answered(house: House, workflow_id: str) -> list[int]:
    events = (await house.client.get_workflow_handle(workflow_id).fetch_history()).events
    completed = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED
    outcomes = [
        event.workflow_execution_update_completed_event_attributes.outcome
        for event in events
        if event.event_type == completed
    ]
    return [Answer.model_validate_json(outcome.success.payloads[0].data).seq for outcome in outcomes]


def balanced(house: House) -> bool:
    """What the transfers say is what the sleeves say."""
    sleeves = [row for row in house.read(level.balances) if row["level"] == "sleeve"]
    cases = house.read(journal.by_case)
    return all(
        sum(sleeve[account] for sleeve in sleeves) == sum(held[account] for held in cases.values())
        for account in ("reserved", "committed", "ordered", "disbursed")
    )


@pytest.mark.parametrize("key", KILL_POINTS)
async def test_worker_killed_between_commit_and_completion(own: tuple[House, Embedded], key: str) -> None:
    house, _ = own
    command = [CRASHING, str(house.settings.home), key]
    mortal = forks.start(command, os.environ)
    case = await house.propose("CRASH")
    life = asyncio.create_task(case.reach("launched"))
    assert await asyncio.wait_for(mortal.wait(), patience()) == -9
    heir = forks.start(command, os.environ)
    try:
        await asyncio.wait_for(life, patience())
        assert await case.ended() == "launched"
    finally:
        heir.kill()
        await heir.wait()
    assert case.money() == {"ordered": case.proposal.requested.minor}
    assert balanced(house)
    await agree(house, case)


async def test_server_killed_under_load(own: tuple[House, Embedded]) -> None:
    house, embedded = own
    patient = house.cases
    assert isinstance(patient, Patient)
    async with working(house.client, house.database, house.settings):
        cases = [Case(house, proposal(f"LOAD-{number}")) for number in range(6)]
        lives = [asyncio.create_task(_live(case)) for case in cases]
        for answers in (20, 50):
            await eventually(partial(patient.has_answered, answers), f"{answers} answers")
            embedded.kill()
            await embedded.restart()
        await asyncio.wait_for(asyncio.gather(*lives), patience(90))
        for case in cases:
            assert await case.ended() == "launched"
            await agree(house, case)
    assert balanced(house)
    acknowledged = Counter(answer.seq for answer in patient.answers)
    assert set(acknowledged.values()) == {1}
    assert len(acknowledged) == 6 * 17


async def _live(case: Case) -> None:
    await eventually_async(lambda: _proposed(case), f"{case.id} is proposed")
    await case.reach("launched")


async def _proposed(case: Case) -> bool:
    try:
        await case.house.partnerships.propose(case.proposal)
    except Unreachable:
        return False
    return True
