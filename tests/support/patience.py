"""How long tests wait: for a condition, and the longer the slower this machine is today."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TypeVar

T = TypeVar("T")

_LOOK_AGAIN = 0.02
_LOOKS = 25.0
"""So many looks a second there are on a machine that has nothing else to do. Waiting goes on for as many,
however long they take: a machine that becomes slow within the run looks more seldom, too.
"""
_LONG = 120.0
"""Seconds that a machine as quick as the reference never takes for anything that a test waits for."""

_MOST = 16.0
"""Beyond that it is no slow machine, but one that hangs."""

_REFERENCE = {"computing": 0.25, "writing": 0.1, "starting": 0.03}
"""What each of these takes on the machine on which the figures in tests were found good."""


@cache
def slowness() -> float:
    """How many times slower than the reference this machine is, at least 1. Measured once a run, which takes
    half a second; ACCORD_SLOWNESS says it instead, for a machine that is slow only now and then.
    """
    if said := os.environ.get("ACCORD_SLOWNESS"):
        return float(said)
    measured = {"computing": _timed(_compute), "writing": _timed(_write), "starting": _timed(_start)}
    return min(_MOST, max(1.0, *(seconds / _REFERENCE[what] for what, seconds in measured.items())))


def patience(seconds: float = _LONG) -> float:
    """As many seconds on the reference machine, in seconds on this one."""
    return seconds * slowness()


async def eventually(look: Callable[[], T | None], what: str) -> T:
    """What ``look`` finds, as soon as that is something (not None, not False, not empty)."""

    async def looked() -> T | None:
        return look()

    return await eventually_async(looked, what)


async def eventually_async(look: Callable[[], Awaitable[T | None]], what: str, seconds: float = _LONG) -> T:
    """The same for a look that takes its time."""
    began, looks = time.monotonic(), 0
    while not (found := await look()):
        looks += 1
        waited = time.monotonic() - began
        if waited > patience(seconds) and looks > seconds * _LOOKS:
            raise AssertionError(f"waited {waited:.0f} s and {looks} looks in vain: {what}")
        await asyncio.sleep(_LOOK_AGAIN)
    return found


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _compute() -> None:
    """Long enough to feel a quota that is given out ten times a second."""
    for _ in range(60):
        sum(number * number for number in range(60_000))


def _write() -> None:
    with tempfile.TemporaryFile() as file:
        for _ in range(30):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())


def _start() -> None:
    subprocess.run([sys.executable, "-S", "-c", "pass"], check=True)
