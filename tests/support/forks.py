"""Commands as processes of their own, without each of them importing everything: one process has done it, and
forks itself for every command (``forking.py``).
"""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from runtime.settings import ROOT
from tests.support.patience import patience

_SERVER = Path(__file__).with_name("forking.py")


class Ended(NamedTuple):
    """How a process ended, and what it had written; a negative code is the signal that ended it."""

    code: int
    out: str
    err: str


class Fork:
    """A Python program, in a process of its own, with its output in two files; as those of asyncio are."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], out: int, err: int) -> None:
        sys.audit("subprocess.Popen", sys.executable, words, ROOT, environment)  # no pure test does this
        self._answer, theirs = socket.socketpair()
        with theirs:
            _ask([words, dict(environment)], out, err, theirs.fileno())
        self._answer.settimeout(patience())
        self.pid = _number(self._answer.recv(4))
        self._answer.setblocking(False)
        self.returncode: int | None = None

    def kill(self) -> None:
        """SIGKILL, if it has not ended."""
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        """Wait until it has ended: its exit code."""
        if self.returncode is None:
            told = await asyncio.get_running_loop().sock_recv(self._answer, 4)
            self.returncode = _number(told)
            self._answer.close()
        return self.returncode


async def run(words: Sequence[str], environment: Mapping[str, str]) -> Ended:
    """Run a program to its end. TimeoutError: it has been killed."""
    with TemporaryFile() as out, TemporaryFile() as err:
        process = Fork(words, environment, out.fileno(), err.fileno())
        try:
            code = await asyncio.wait_for(process.wait(), patience())
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        return Ended(code, _written(out.fileno()), _written(err.fileno()))


def start(words: Sequence[str], environment: Mapping[str, str], err: int = 2) -> Fork:
    """Let a program work until it is killed; what it says goes where our own errors go, or to ``err``."""
    return Fork(words, environment, err, err)


def _ask(what: object, *files: int) -> None:
    message = json.dumps(what).encode()
    socket.send_fds(_server(), [len(message).to_bytes(4, "big")], files)
    _server().sendall(message)


def _number(told: bytes) -> int:
    assert told, "the process that forks has ended"
    return int.from_bytes(told, "big", signed=True)


def _written(file: int) -> str:
    return os.pread(file, os.fstat(file).st_size, 0).decode()


@cache
def _server() -> socket.socket:
    """Where it is asked; it starts when it is first needed, and ends with us."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen([sys.executable, _SERVER], cwd=ROOT, stdin=theirs.fileno())

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
