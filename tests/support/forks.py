"""Commands as processes of their own, without each of them importing everything: one process has done it, and
forks itself for every command (``forking.py``).
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from runtime.settings import ROOT

_SERVER = Path(__file__).with_name("forking.py")


class Ended(NamedTuple):
    """How a process ended, and what it had written; a negative code is the signal that ended it."""

    code: int
    out: str
    err: str


def run(words: Sequence[str], environment: Mapping[str, str], seconds: float) -> Ended:
    """Run a command to its end: its program and its arguments. TimeoutError: it has been killed.

    To be called from as many threads as one likes.
    """
    with TemporaryFile() as out, TemporaryFile() as err:
        ours, theirs = socket.socketpair()
        with ours, ours.makefile() as answer:
            ours.settimeout(seconds)
            with theirs:
                _ask([words, dict(environment)], out.fileno(), err.fileno(), theirs.fileno())
            process = int(answer.readline())
            try:
                code = int(answer.readline())
            except TimeoutError:
                os.kill(process, signal.SIGKILL)
                raise
        return Ended(code, _written(out.fileno()), _written(err.fileno()))


def _ask(what: object, *files: int) -> None:
    server, one_at_a_time = _server()
    message = json.dumps(what).encode()
    with one_at_a_time:
        socket.send_fds(server, [len(message).to_bytes(4, "big")], files)
        server.sendall(message)


def _written(file: int) -> str:
    return os.pread(file, os.fstat(file).st_size, 0).decode()


@cache
def _server() -> tuple[socket.socket, threading.Lock]:
    """Where it is asked; it starts when it is first needed, and ends with us."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen([sys.executable, _SERVER], cwd=ROOT, stdin=theirs.fileno())

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours, threading.Lock()
