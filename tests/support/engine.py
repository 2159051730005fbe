"""`accord up` as people run it, and the processes that belong to a home folder."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.settings import ROOT
from runtime.temporal import folder
from runtime.temporal.folder import State
from testing.chaos.processes import processes, servers, workers
from tests.support.command import STARTER, environment
from tests.support.patience import eventually, patience

__all__ = ["processes", "says", "servers", "started", "state", "stop", "until", "up", "workers"]

_UP = (STARTER, "up")


def state(home: Path) -> State:
    """What is known of the server on ``home``."""
    known = folder.read(home)
    assert known
    return known


async def until(condition: Callable[[], object]) -> None:
    """Wait until this is so."""
    await eventually(condition, "it comes to that")


@asynccontextmanager
async def started(home: Path, *command: str, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`accord up`, just begun; it is dead afterwards, however the test went."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *(command or _UP)),
        cwd=ROOT,
        env=environment(home, **more),
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def up(home: Path, *command: str, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`accord up`, once it is ready."""
    async with started(home, *command, **more) as process:
        await says(process, b"Ready")
        yield process


async def says(process: asyncio.subprocess.Process, words: bytes) -> None:
    """Wait until this is in a line of its standard error."""
    assert process.stderr
    said = b""
    while words not in (line := await asyncio.wait_for(process.stderr.readline(), patience())):
        said += line
        assert line, f"it ended before it said {words!r}: {said.decode()}"


async def stop(process: asyncio.subprocess.Process) -> int:
    """Press Ctrl-C, and say how it ended."""
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), patience())
    assert process.returncode is not None
    return process.returncode
