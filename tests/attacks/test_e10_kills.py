"""E10: any one process of `accord up` is killed, again and again, under load: nothing is lost or doubled.

`make prove` kills 200 times, at the pace at which `accord up` really starts again, and prints how long people
waited for the first answer after each.
"""

import asyncio
import contextlib
import os
import random
import signal
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from adapters.database import connect
from runtime.backoff import CALM
from runtime.engine import connect as dial
from runtime.settings import Settings
from services.case.updates import Unreachable
from tests.support.command import STARTER
from tests.support.engine import processes, servers, stop, until, up, workers
from tests.support.house import Case, House, Patient, proposal
from tests.support.patience import eventually, eventually_async, patience

PROVING = "ACCORD_PROVE" in os.environ
KILLS = int(os.environ.get("ACCORD_KILLS", 200 if PROVING else 10))
PACE = CALM if PROVING else 0.0
"""Seconds of service before a process is killed again: whoever ends sooner is started less and less often."""
PROGRAM = (STARTER, "up") if PROVING else ("-m", "tests.support.hasty", "up")
SEED = int(os.environ.get("ACCORD_SEED") or random.randrange(10**6))
STAFF = 4
"""So many cases go on at the same time."""


@pytest.mark.engine
@pytest.mark.timeout(300 + 30 * KILLS)
async def test_whatever_is_killed_under_load_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    print(f"ACCORD_SEED={SEED}")
    settings = Settings(home=tmp_path)
    async with up(tmp_path, *PROGRAM, "--demo-bank") as process:
        house = House(await dial(settings), connect(settings.database), settings)
        load = Load(house)
        async with read(process), load.going_on():
            waits = await killed(tmp_path, load, random.Random(SEED))
        print(f"first answer after {statistics.median(waits):.1f} s, {max(waits):.1f} s at most")
        load.is_right()
        house.database.dispose()
        assert await stop(process) in (0, 1)  # the hasty one may not finish in order
    await until(lambda: processes(tmp_path) == [])


async def killed(home: Path, load: "Load", chance: random.Random) -> list[float]:
    """Kill one process after the other while people work; how long each had to wait for the next answer."""
    waits, since = [], {"worker": 0.0, "engine": 0.0}
    for number in range(KILLS):
        await load.goes_on()
        which = ("worker", "engine")[number % 2]
        await asyncio.sleep(max(0.0, since[which] + PACE - time.monotonic()) + chance.random() / 2)
        alive = {"worker": workers, "engine": servers}[which]
        assert len(servers(home)) <= 1 and len(workers(home)) <= 1
        for victim in alive(home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        began = time.monotonic()
        await load.goes_on()
        since[which] = time.monotonic()
        waits.append(since[which] - began)
    return waits


class Load:
    """Cases that are carried from proposal to launch, one after the other."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._patient = Patient(house.client, house.database, house.settings)
        house.cases = self._patient
        self._cases: list[Case] = []
        self._over = asyncio.Event()

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """People work until the block is left; then they finish what they have begun."""
        async with asyncio.TaskGroup() as group:
            for _ in range(STAFF):
                group.create_task(self._work())
            yield
            self._over.set()

    async def goes_on(self) -> None:
        """Wait until somebody is answered who asks now."""
        enough = len(self._patient.answers) + STAFF + 1  # no more can be on their way
        await eventually(lambda: self._patient.has_answered(enough), "people are answered")

    def is_right(self) -> None:
        """Every answer is on record, once, and so is every decision."""
        acknowledged = Counter(answer.seq for answer in self._patient.answers)
        assert {*acknowledged.values()} == {1}
        on_record = Counter[int]()
        for case in self._cases:
            rows = case.history()
            assert case.row()["status"] == "launched"
            assert {*Counter(row["key"] for row in rows).values()} == {1}
            said = [row for row in rows if row["actor"] != "accord" and row["action"] != "proposed"]
            on_record.update(row["seq"] for row in said)
        assert acknowledged == on_record

    async def _work(self) -> None:
        while not self._over.is_set():
            case = Case(self._house, proposal())
            self._cases.append(case)
            await eventually_async(partial(_proposed, case), f"{case.id} is proposed")
            await case.reach("launched")
            await asyncio.wait_for(case.ended(), patience())


async def _proposed(case: Case) -> bool:
    with contextlib.suppress(Unreachable):
        await case.house.partnerships.propose(case.proposal)
        return True
    return False


@asynccontextmanager
async def read(process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """Read what it says, so that it can go on saying it."""

    async def reading() -> None:
        assert process.stderr
        while await process.stderr.readline():
            continue

    task = asyncio.create_task(reading())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
