"""Workers of two versions side by side on one engine, as during a roll-out, and back: no case breaks."""

import os
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType

from runtime.care.deployment import Deployment
from runtime.settings import ROOT
from tests.support.differing import kinds
from tests.support.house import GATES, Case, House
from tests.support.installation import unmanned
from tests.support.versions import checked_out, earlier, worker

pytestmark = pytest.mark.engine

STAGES = GATES if os.environ.get("ACCORD_PROVE") else ("review", "study.award")
"""Gates at which a case waits while the version changes."""


ROAD = (*GATES, "launched")


class Underway:
    """A case on the straight road, and the gate at which it waits."""

    def __init__(self, case: Case, gate: str) -> None:
        self.case = case
        self.gate = gate

    async def go_on(self) -> None:
        """To the next gate."""
        following = ROAD[ROAD.index(self.gate) + 1]
        await self.case.reach_from(self.gate, following)
        self.gate = following


async def underway(house: House) -> list[Underway]:
    """A case at each of the stages."""
    begun = []
    for gate in STAGES:
        case = await house.propose()
        await case.reach(gate)
        begun.append(Underway(case, gate))
    return begun


async def failed_tasks(case: Case) -> list[str]:
    """The tasks of a case and of its study that a version could not carry out, by run and event."""
    client, found = case.house.client, []
    for handle in (case.handle, case.study):
        async for run in client.list_workflows(f"WorkflowId = '{handle.id}'"):
            history = client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history_events()
            found += [f"{run.id} {one.event_id}" async for one in history if one.event_type == _FAILED]
    return found


_FAILED = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED


async def go_on(cases: list[Underway]) -> None:
    """Each to its next gate."""
    for one in cases:
        if one.gate != ROAD[-1]:
            await one.go_on()


@pytest.mark.timeout(600)
async def test_cases_go_on_through_a_roll_out_and_back(tmp_path: Path) -> None:
    commit = earlier()
    if not commit:
        pytest.skip("there is no git history here: no earlier version can be had")
    old = checked_out(commit, tmp_path / "old")
    async with unmanned(tmp_path / "home") as (house, _):
        home, bank = house.settings.home, str(house.settings.bank_url)
        async with worker(old, home, bank):
            cases = await underway(house)
            found = [one async for one in Deployment(house.settings, house.database).check()]
            assert [str(one) for one in found if not one.is_good] == []
            async with worker(ROOT, home, bank):  # side by side
                await go_on(cases)
                cases += await underway(house)
        async with worker(ROOT, home, bank):  # the new one alone
            await go_on(cases)
        async with worker(old, home, bank):  # and back
            await go_on(cases)
            for one in cases:
                assert await failed_tasks(one.case) == []
                assert await kinds(one.case) == []
                if one.gate != ROAD[-1]:
                    await one.case.withdraw()
                await one.case.ended()
