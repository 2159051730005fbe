"""The worker as a child process of `accord up`: what is wedged in it takes neither engine nor bank along.

Beside the one at work there is soon another, which has read its programs and waits (``spare``): when the
first one ends, nobody waits for the two or three seconds that this takes.
"""

import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from runtime.settings import ROOT
from runtime.temporal.engine import EngineError
from runtime.watching import stopping
from runtime.watching.notify import Word
from runtime.workers import signs
from runtime.workers.launched import Launched

COMMAND: tuple[str, ...] = (sys.executable, str(ROOT / "worker.py"))
SILENT = 30
"""So many looks in a row, a second apart, without a sign of life: it is wedged. Looks, not seconds: who was
stopped and goes on, or sleeps with its machine, has looked no more often than the other could speak.
"""
START = 120
"""Looks until it must serve."""
_SETTLED = 5
"""Looks after which a spare one is launched: whoever only comes and goes needs none."""
_LATER = 2.0
"""Seconds that it gets beyond those after which it ends itself."""


class WorkerProcess:
    """`python worker.py`, which says how it is through a pair of sockets."""

    name = "worker"
    advice = "What it said stands above: put this right, then start again."

    def __init__(self, health: Path, environment: Mapping[str, str]) -> None:
        self._health = health
        """Where it writes how it is."""
        self._environment = environment
        self._at_work: Launched | None = None
        self._spare: Launched | None = None
        self._silent = 0

    @contextmanager
    def launched(self) -> Iterator[None]:
        """Have one read its programs already, while what it needs is being started."""
        self._launch_spare()
        try:
            yield
        finally:
            self._end_spare()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Have it run until the block is left; then it finishes what it has begun. EngineError: it does not
        start, or it did not end in order.
        """
        try:
            await self.restart()
            yield
        finally:
            self._end_spare()
            longest = stopping.LONGEST + _LATER
            status = await self._at_work.stop(longest) if self._at_work else 0
        if status not in (0, -signal.SIGTERM):
            raise stopping.Unfinished(f"The worker did not end in good order (status {status})")

    @property
    def is_well(self) -> bool:
        """Whether there was a sign of life in these seconds."""
        return self._at_work is not None and self._at_work.status is None and self._silent < SILENT

    async def restart(self) -> None:
        """Start it, and wait until it serves. EngineError: it ended, or did not serve for two minutes."""
        if self._at_work:
            self._at_work.kill()
        self._launch_spare()
        self._at_work, self._spare = self._spare, None
        assert self._at_work
        await self._at_work.begin()
        for _ in range(START):
            if await self._at_work.says(Word.READY):
                return
            if (status := self._at_work.status) is not None:
                raise EngineError(f"The worker has ended at once ({_how(status)}). {self.advice}")
        self._at_work.kill()
        raise EngineError(f"The worker does not come to work within {START} s. {self.advice}")

    async def ended(self) -> str:
        """Wait until it has ended by itself; one that gives no sign of life is ended. How that was."""
        assert self._at_work
        looks = self._silent = 0
        while self._at_work.status is None and self._silent < SILENT:
            self._silent = 0 if await self._at_work.says(Word.ALIVE) else self._silent + 1
            looks += 1
            if looks == _SETTLED:
                self._launch_spare()
        status = self._at_work.status
        self._at_work.kill()
        signs.forget(self._health, self._at_work.pid)
        return f"no sign of life for {SILENT} s" if status is None else _how(status)

    def _launch_spare(self) -> None:
        if self._spare is None or self._spare.status is not None:
            self._end_spare()
            self._spare = Launched(COMMAND, self._environment)

    def _end_spare(self) -> None:
        if self._spare:
            self._spare.kill()
            self._spare = None


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"
