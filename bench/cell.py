"""One cell of the benchmark: one subject, one round, on an engine and a database of its own."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bench.driver import Kept
from bench.history import History
from bench.measure import (
    AT_A_TIME,
    Latencies,
    Throughput,
    carry,
    cases,
    closed_loop,
    crash,
    open_loop,
)
from bench.process import Meter
from bench.stand import Stand, Subject, standing

_WARM = 4
"""Lifecycles before anything is measured."""


class Plan(NamedTuple):
    """How much is measured in a cell."""

    lifecycles: int
    """In the closed loop."""
    seconds: float
    """Of arrivals in the open loop."""


@dataclass
class Figures:
    """What a cell gave."""

    throughput: Throughput
    latencies: Latencies
    history: History | None
    letters: int | None
    after_kill: float
    """Seconds from the worker's SIGKILL to the first answer."""
    kept: Kept


async def measure(subject: Subject, round_: int, plan: Plan, postgres: str | None) -> Figures:
    """Measure one subject once."""
    async with _placed(subject, postgres) as stand:
        driver, todo = stand.driver, cases(f"R{round_}")
        at_a_time = min(AT_A_TIME, plan.lifecycles)
        await closed_loop(driver, list(islice(todo, _WARM)), _meter(stand), _WARM)
        await carry(driver, alone := next(todo), Latencies())
        history, letters = await driver.look(alone), driver.letters(alone)
        planned = list(islice(todo, plan.lifecycles))
        throughput = await closed_loop(driver, planned, _meter(stand), at_a_time)
        latencies = await open_loop(driver, todo, plan.seconds, round_)
        after_kill = await crash(driver, todo, stand.worker)
        kept = driver.kept()
    return Figures(throughput, latencies, history, letters, after_kill, kept)


@asynccontextmanager
async def _placed(subject: Subject, postgres: str | None) -> AsyncIterator[Stand]:
    with tempfile.TemporaryDirectory(prefix="accord-bench-", ignore_cleanup_errors=True) as folder:
        async with standing(subject, Path(folder), postgres) as stand:
            yield stand


def _meter(stand: Stand) -> Meter:
    return Meter(stand.server, stand.worker.pid, stand.database)
