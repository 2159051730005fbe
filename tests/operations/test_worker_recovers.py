"""A worker whose loop was held, that was stopped, starved or turned away, goes on by itself."""

import asyncio
import os
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine
from temporalio.bridge.worker import Worker as Core
from temporalio.client import Client

from models.case.rule import CaseRule
from runtime.settings import ROOT
from runtime.temporal.embedded import Embedded
from runtime.workers.relay import Relay
from runtime.workers.worker import working
from tests.support.command import environment
from tests.support.house import Case, House
from tests.support.patience import eventually

PROVING = "ACCORD_PROVE" in os.environ
HELD = [11.0, 47.0, 90.0] if PROVING else [11.0]
"""Seconds; the engine takes a workflow task back after 10."""
STOPPED = [30.0, 90.0] if PROVING else [3.0]
LOCKED = 20.0 if PROVING else 2.0


@asynccontextmanager
async def worker(home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "worker.py"), cwd=ROOT, env=environment(home), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def in_flight(house: House) -> list[tuple[Case, asyncio.Task[None]]]:
    """Cases that are just being decided on."""
    cases = [await house.propose() for _ in range(6)]
    for case in cases:
        await case.gate("review")
    return [(case, asyncio.create_task(case.approve("review"))) for case in cases]


async def goes_on(house: House, begun: list[tuple[Case, asyncio.Task[None]]]) -> None:
    """What was begun is answered, once, and so is what comes now."""
    for case, decision in begun:
        await decision
        await case.gate("funding")
        assert case.actions().count("vote approve") == 2
    case = await house.propose()
    assert (await case.vote(await case.gate("review"), "expert.lim")).accepted
    for each in (case, *(case for case, _ in begun)):
        await each.withdraw()


@pytest.mark.parametrize("seconds", HELD)
async def test_a_worker_whose_loop_was_held_goes_on(own: tuple[House, Embedded], seconds: float) -> None:
    house, _ = own
    async with working(house.client, house.database, house.settings):
        begun = await in_flight(house)
        await asyncio.sleep(0)
        time.sleep(seconds)  # noqa: ASYNC251 - this is what holds the loop
        await goes_on(house, begun)


@pytest.mark.parametrize("seconds", STOPPED)
@pytest.mark.parametrize("who", ["worker", "engine", "both"])
async def test_whoever_was_stopped_goes_on(own: tuple[House, Embedded], who: str, seconds: float) -> None:
    house, embedded = own
    async with worker(house.settings.home) as process:
        begun = await in_flight(house)
        stopped = {"worker": [process.pid], "engine": [embedded.pid], "both": [process.pid, embedded.pid]}[
            who
        ]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        await goes_on(house, begun)


@pytest.mark.parametrize("times", [1, 1000], ids=["in order", "and cannot even end"])
async def test_a_worker_that_the_engine_turned_away_for_good_is_replaced(
    own: tuple[House, Embedded], monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    house, _ = own
    polled, turned_away = Core.poll_workflow_activation, Counter[Core]()

    async def poll(core: Core) -> Any:
        if turned_away[core] < times and len(turned_away) <= 2:
            turned_away[core] += 1
            raise RuntimeError("Poll failure: permission denied")
        return await polled(core)

    async with working(house.client, house.database, house.settings, grace=timedelta(seconds=1)):
        begun = await in_flight(house)
        monkeypatch.setattr(Core, "poll_workflow_activation", poll)
        await goes_on(house, begun)
    assert len(turned_away) == 3


async def test_a_vote_is_answered_though_the_engine_could_not_write(own: tuple[House, Embedded]) -> None:
    house, embedded = own
    house.cases = house.speaking(None)
    async with worker(house.settings.home):
        case = await house.propose()
        gate = await case.gate("review")
        lock = sqlite3.connect(embedded.home / "temporal.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        voting = [asyncio.create_task(case.vote(gate, who)) for who in ("expert.lim", "coord.seo", "sec.han")]
        await asyncio.sleep(LOCKED)
        lock.execute("ROLLBACK")
        lock.close()
        answers = await asyncio.gather(*voting)
        assert [answer.rule for answer in answers][1] in (CaseRule.OWN_PROPOSAL, CaseRule.STAGE_OVER)
        assert case.actions().count("vote approve") == 2
        await case.gate("funding")
        await case.withdraw()


class Moody:
    """An engine that fails at first, as nobody has foreseen."""

    def __init__(self) -> None:
        self.started = 0

    async def start_workflow(self, *_: Any, **__: Any) -> None:
        """Fail once."""
        self.started += 1
        if self.started == 1:
            raise RuntimeError("nobody thought of this")


async def test_the_relay_goes_on_whatever_went_wrong(database: Engine) -> None:
    engine = Moody()
    relay = Relay(cast(Client, engine), database)
    async with relay.running():
        relay.wake()
        await eventually(lambda: engine.started == 1, "the relay has failed")
        relay.wake()
        await eventually(lambda: engine.started == 2, "the relay has tried again")
