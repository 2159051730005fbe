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
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from adapters.database import connect
from runtime.settings import Settings
from runtime.temporal.engine import connect as dial
from runtime.watching.backoff import CALM
from tests.support.command import STARTER
from tests.support.engine import processes, servers, until, up, workers
from tests.support.house import Case, House
from tests.support.load import Load
from tests.support.patience import patience

PROVING = "ACCORD_PROVE" in os.environ
KILLS = int(os.environ.get("ACCORD_KILLS", 200 if PROVING else 5))
PACE = CALM if PROVING else 0.0
"""Seconds of service before a process is killed again: whoever ends sooner is started less and less often."""
PROGRAM = (STARTER, "up") if PROVING else ("-m", "tests.support.hasty", "up")
SEED = int(os.environ.get("ACCORD_SEED") or random.randrange(10**6))
VICTIMS = ("worker", "engine", "worker", "engine", "up")
OUTSIDERS = ("coord.seo", "treasury.cho", "treasury.min", "legal.yoon", "pay.oh", "books.gil", "ops.hwang")
"""Who have no vote at a review."""


@pytest.mark.engine
@pytest.mark.timeout(300 + 30 * KILLS)
async def test_whatever_is_killed_under_load_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    print(f"ACCORD_SEED={SEED}")
    async with Machine(tmp_path) as machine:
        settings = Settings(home=tmp_path)
        house = House(await machine.start(), connect(settings.database), settings)
        load = Load(house)
        newcomer = await Newcomer.of(await load.another())
        async with load.going_on():
            waits = await killed(machine, load, newcomer, random.Random(SEED))
        for victim, lasted in waits.items():
            print(f"{victim} killed: who came then was answered after {told(lasted)}")
        print(f"nobody, of those either who had asked before, waited for more than {load.longest:.1f} s")
        await newcomer.case.reach("launched")
        load.is_right()
        house.database.dispose()
        assert await machine.stop() in (0, 1)  # the hasty one may not finish in order
        assert processes(tmp_path) == []


async def killed(
    machine: "Machine", load: "Load", newcomer: "Newcomer", chance: random.Random
) -> dict[str, list[float]]:
    """Kill one process after the other while people work; how long somebody waited who came then."""
    waits: dict[str, list[float]] = {victim: [] for victim in VICTIMS}
    since = dict.fromkeys(VICTIMS, 0.0)
    for number in range(KILLS):
        await load.goes_on()
        which = VICTIMS[number % len(VICTIMS)]
        await asyncio.sleep(max(0.0, since[which] + PACE - time.monotonic()) + chance.random() / 2)
        machine.is_one()
        began = time.monotonic()
        if client := await machine.kill(which):
            load.speaks_to(client)
        await newcomer.asks()
        since[which] = time.monotonic()
        waits[which].append(since[which] - began)
    return waits


def told(lasted: list[float]) -> str:
    """Seconds, in words."""
    ordered = sorted(lasted)
    middle, most = statistics.median(ordered), ordered[-1 - len(ordered) // 20]
    return f"{middle:.1f} s (median of {len(ordered)}), {most:.1f} s (95 %), {ordered[-1]:.1f} s at most"


class Machine:
    """`accord up` on one home; where it is killed itself, it is started again, as systemd does."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._stack = AsyncExitStack()
        self._up: asyncio.subprocess.Process

    async def __aenter__(self) -> "Machine":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def start(self) -> Client:
        """Start it; a client of its engine."""
        self._up = await self._stack.enter_async_context(up(self._home, *PROGRAM, "--demo-bank"))
        await self._stack.enter_async_context(read(self._up))
        return await dial(Settings(home=self._home))

    async def kill(self, which: str) -> Client | None:
        """kill -9. Whoever is killed alone comes back by itself; of `accord up`, nothing is left: it is
        started again, and there is a new client.
        """
        if which == "up":
            self._up.kill()
            await self._up.wait()
            await until(lambda: processes(self._home) == [])
            return await self.start()
        for victim in {"worker": workers, "engine": servers}[which](self._home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        return None

    def is_one(self) -> None:
        """There are never two of a kind."""
        assert len(servers(self._home)) <= 1
        assert len(workers(self._home)) <= 1

    async def stop(self) -> int:
        """Ctrl-C, and how it ended."""
        self._up.send_signal(signal.SIGINT)
        return await asyncio.wait_for(self._up.wait(), patience())


class Newcomer:
    """Asks for something that is refused, on record, as often as anybody wants."""

    def __init__(self, case: Case, gate: dict[str, Any]) -> None:
        self.case, self._gate = case, gate
        self._asked = 0

    @classmethod
    async def of(cls, case: Case) -> "Newcomer":
        """Somebody who has to do with a case at which nobody else works."""
        return cls(case, await case.gate("review"))

    async def asks(self) -> None:
        """Ask, and wait for the answer."""
        self._asked += 1
        actor = OUTSIDERS[self._asked % len(OUTSIDERS)]  # of one alone, no more is heard after some time
        answer = await self.case.vote(self._gate, actor, comment=f"{self._asked}")
        assert not answer.accepted


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
