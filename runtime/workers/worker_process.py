"""The worker as a child process of `accord up`: what is wedged in it takes neither engine nor bank along."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.settings import ROOT
from runtime.temporal import launch
from runtime.temporal.engine import EngineError
from runtime.watching import stopping
from runtime.watching.notify import Word, handed_down
from runtime.workers import signs

COMMAND: tuple[str, ...] = (sys.executable, str(ROOT / "worker.py"))
_SILENT = 30
"""So many looks in a row, a second apart, without a sign of life: it is wedged. Looks, not seconds: who was
stopped and goes on, or sleeps with its machine, has looked no more often than the other could speak.
"""
_START = 120
"""Looks until it must serve."""
_LOOK = 1.0
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
        """What it is told beside our own environment."""
        self._process: subprocess.Popen[bytes] | None = None
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._silent = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Have it run until the block is left; then it finishes what it has begun. EngineError: it does not
        start, or it did not end in order.
        """
        try:
            await self.restart()
            yield
        finally:
            status = await self._stop()
        if status not in (0, -signal.SIGTERM):
            raise stopping.Unfinished(f"The worker did not end in good order (status {status})")

    @property
    def is_well(self) -> bool:
        """Whether there was a sign of life in these seconds."""
        return self._process is not None and self._process.poll() is None and self._silent < _SILENT

    async def restart(self) -> None:
        """Start it, and wait until it serves. EngineError: it ended, or did not serve for two minutes."""
        await self._spawn()
        for _ in range(_START):
            if await self._says(Word.READY):
                return
            if (status := self._status()) is not None:
                raise EngineError(f"The worker has ended at once ({_how(status)}). {self.advice}")
        self._kill()
        raise EngineError(f"The worker does not come to work within {_START} s. {self.advice}")

    async def ended(self) -> str:
        """Wait until it has ended by itself; one that gives no sign of life is ended. How that was."""
        self._silent = 0
        while self._status() is None and self._silent < _SILENT:
            self._silent = 0 if await self._says(Word.ALIVE) else self._silent + 1
        if (status := self._status()) is None:
            self._kill()
        assert self._process
        signs.forget(self._health, self._process.pid)
        return f"no sign of life for {_SILENT} s" if status is None else _how(status)

    async def _spawn(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = self._launched(theirs)
        self._hang_up()
        self._line = await asyncio.open_connection(sock=ours)

    def _launched(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            launch.bound(*COMMAND),
            stdin=subprocess.DEVNULL,
            env={**handed_down(theirs), **self._environment},
            start_new_session=True,  # Ctrl-C is for us alone: we say when to stop
            pass_fds=[theirs.fileno()],
        )

    async def _says(self, word: Word) -> bool:
        """Whether it says this during one look, or has said it meanwhile."""
        assert self._line
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(_LOOK):
                while said := await self._line[0].readline():
                    if said.decode().strip() == word:
                        return True
                await asyncio.sleep(_LOOK / 20)  # it has hung up: it is about to end
        return False

    def _status(self) -> int | None:
        assert self._process
        return self._process.poll()

    def _kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()

    async def _stop(self) -> int:
        """Tell it to stop, and wait for it; one that does not end is ended. Its status."""
        if self._process is None:
            return 0
        self._process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(stopping.LONGEST + _LATER):
                while self._status() is None:  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(0.05)
        self._kill()
        self._hang_up()
        return self._process.returncode

    def _hang_up(self) -> None:
        if self._line:
            self._line[1].close()


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"
