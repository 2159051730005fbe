"""One programme has several hundred cases waiting for the worker: another's decision is not the last."""

import os
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.case.approval import Decision
from models.case.panel import Choice
from models.tables.record import record
from tests.support.house import VOTERS, Case, House
from tests.support.installation import unmanned
from tests.support.patience import eventually, eventually_async
from tests.support.worker_thread import working_in_a_thread

pytestmark = pytest.mark.engine

WAITING = 600 if "ACCORD_PROVE" in os.environ else 200
"""Cases of a programme that were proposed while no worker was there."""


def begun(house: House, cases: list[Case]) -> int:
    """How many of these cases are on record by now."""
    wanted = select(func.count(record.c.case.distinct())).where(record.c.case.in_([one.id for one in cases]))
    return house.read(lambda connection: connection.scalar(wanted)) or 0


async def rests(case: Case) -> bool:
    """Whether nobody works on this case: what a worker takes along when it leaves waits for 10 s."""
    now = (await case.handle.describe()).raw_description
    return not (now.HasField("pending_workflow_task") or now.pending_activities)


async def test_a_decision_overtakes_what_another_programme_has_waiting(tmp_path: Path) -> None:
    async with unmanned(tmp_path / "home") as (house, address):
        crowded, other = house.programme("crowded"), house.programme("other")
        with working_in_a_thread(address, house.settings):
            case = await house.propose(programme=other.id)
            gate = await case.gate("review")
            await eventually_async(lambda: rests(case), "the worker is done with it")
        crowd = [await house.propose(programme=crowded.id) for _ in range(WAITING)]
        vote = {"gate": gate["id"], "content_hash": gate["content_hash"], "comment": "Good."}
        voter = VOTERS["review"][0]
        await case.handle.signal("decide", Decision(actor=voter, verdict=Choice.APPROVE, **vote))
        with working_in_a_thread(address, house.settings):
            await eventually(lambda: "vote approve" in case.actions(), "the vote counts")
            assert begun(house, crowd) < WAITING / 4
