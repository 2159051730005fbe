"""Workers of two versions side by side on one engine, as during a roll-out, and back: no case breaks."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from runtime.care.deployment import Deployment
from runtime.settings import ROOT
from tests.support.differing import kinds, reconciler
from tests.support.failed_tasks import failed_tasks
from tests.support.house import GATES, House
from tests.support.installation import unmanned
from tests.support.load import Load
from tests.support.underway import END, Underway
from tests.support.versions import begun, checked_out, earlier, worker

pytestmark = pytest.mark.engine

PROVING = "ACCORD_PROVE" in os.environ
STAGES = GATES if PROVING else ("review", "study.award")
"""Gates at which a case waits while the version changes."""
KILLS, PAUSE = (30, 8.0) if PROVING else (2, 0.5)
"""So many workers are killed while both versions work, each so many seconds after the one before."""


def before(folder: Path) -> Path:
    """The version before this one."""
    if not (commit := earlier()):
        pytest.skip("there is no git history here: no earlier version can be had")
    return checked_out(commit, folder)


async def underway(house: House) -> list[Underway]:
    """A case at each of the stages."""
    begun = []
    for gate in STAGES:
        case = await house.propose()
        await case.reach(gate)
        begun.append(Underway(case, gate))
    return begun


async def go_on(cases: list[Underway]) -> None:
    """Each to its next gate."""
    for one in cases:
        await one.go_on()


@pytest.mark.timeout(600)
async def test_cases_go_on_through_a_roll_out_and_back(tmp_path: Path) -> None:
    old = before(tmp_path / "old")
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
            assert await failed_tasks(house.client) == []
            for one in cases:
                assert await kinds(one.case) == []
                if one.gate != END:
                    await one.case.withdraw()
                await one.case.ended()


@pytest.mark.timeout(900)
async def test_both_carry_the_same_cases_while_their_workers_are_killed_by_turns(tmp_path: Path) -> None:
    old = before(tmp_path / "old")
    async with unmanned(tmp_path / "home") as (house, _):
        home, bank = house.settings.home, str(house.settings.bank_url)
        load = Load(house)
        async with AsyncExitStack() as stack:
            at_work = {
                program: await stack.enter_async_context(begun(program, home, bank))
                for program in (old, ROOT)
            }
            async with load.going_on():
                for number in range(KILLS):
                    await asyncio.sleep(PAUSE)
                    victim = (old, ROOT)[number % 2]
                    at_work[victim].kill()
                    await at_work[victim].wait()
                    await load.goes_on()  # by the other one alone
                    at_work[victim] = await stack.enter_async_context(begun(victim, home, bank))
            print(f"{KILLS} workers killed, {len(load.cases)} cases, {len(load.answers)} answers")
            load.is_right()
            assert await failed_tasks(house.client) == []
            assert await reconciler(house).find() == ()
