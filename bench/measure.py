"""The measurements: a closed loop, an open loop, a crash."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from bench.driver import Driver
from bench.process import Meter, WorkerProcess

AT_A_TIME = 16
_SEED = 2026
_ARRIVALS = 1.0
"""Lifecycles per second in the open loop."""
_THINK = 0.1
"""Seconds between a stage opening and its decision in the open loop, on average."""
_PARKED, _BUSY = 6, 8


@dataclass
class Latencies:
    """Milliseconds from sending a decision to its answer, and to the next open stage."""

    acknowledged: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)


@dataclass
class Throughput:
    """What the closed loop gave; CPU in seconds by process."""

    lifecycles: int
    decisions: int
    seconds: float
    cpu: dict[str, float]


def cases(prefix: str) -> Iterator[str]:
    """Numbers of new cases, without end."""
    return (f"{prefix}-{number:05}" for number in count(1))


async def carry(driver: Driver, case: str, into: Latencies, pause: random.Random | None = None) -> None:
    """One lifecycle from start to end."""
    await driver.begin(case)
    for number in range(driver.decisions):
        if pause:
            await asyncio.sleep(pause.expovariate(1 / _THINK))
        sent = time.perf_counter()
        await driver.decide(case, number)
        into.acknowledged.append((time.perf_counter() - sent) * 1000)
        if await driver.opened(case, number):
            into.opened.append((time.perf_counter() - sent) * 1000)
    await driver.ended(case)


async def _lane(driver: Driver, todo: Iterator[str]) -> None:
    for case in todo:
        await carry(driver, case, Latencies())


async def closed_loop(
    driver: Driver, todo: list[str], meter: Meter, at_a_time: int = AT_A_TIME
) -> Throughput:
    """So many lifecycles at a time, without think time, until all of ``todo`` are over.

    The clock stops with the last lifecycle; CPU is counted until nothing is left to do for them.
    """
    begun, left = time.perf_counter(), iter(todo)
    await asyncio.gather(*(_lane(driver, left) for _ in range(at_a_time)))
    seconds = time.perf_counter() - begun
    await driver.settled()
    return Throughput(len(todo), len(todo) * driver.decisions, seconds, meter.read())


async def open_loop(driver: Driver, todo: Iterator[str], seconds: float, round_: int) -> Latencies:
    """Lifecycles that arrive as they like (Poisson), the same instants for every subject of a round."""
    arrivals, into = random.Random(_SEED + round_), Latencies()
    running: list[asyncio.Task[None]] = []
    begun, due = time.perf_counter(), 0.0
    while (due := due + arrivals.expovariate(_ARRIVALS)) < seconds or not running:
        await asyncio.sleep(max(0.0, begun + due - time.perf_counter()))
        pause = random.Random(f"{_SEED}:{round_}:{len(running)}")
        running.append(asyncio.create_task(carry(driver, next(todo), into, pause)))
    await asyncio.gather(*running)
    return into


async def crash(driver: Driver, todo: Iterator[str], worker: WorkerProcess) -> float:
    """Seconds from the worker's SIGKILL, under load, to the first answer to a decision sent after it.

    A new worker is started at once. What the load had under way when the worker died is left behind;
    what was acknowledged of it must still be on record.
    """
    parked = [next(todo) for _ in range(_PARKED)]
    await asyncio.gather(*(driver.begin(case) for case in parked))
    load = [asyncio.create_task(_lane(driver, todo)) for _ in range(_BUSY)]
    await asyncio.sleep(1)
    worker.kill()
    killed = time.perf_counter()
    worker.start()
    answers = [asyncio.create_task(driver.decide(case, 0)) for case in parked]
    await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
    first = time.perf_counter() - killed
    await asyncio.sleep(0.5)  # more answers, to compare with the record
    for task in (*load, *answers):
        if task.done():
            await task  # raises what went wrong
        task.cancel()
    await asyncio.gather(*load, *answers, return_exceptions=True)
    return first
