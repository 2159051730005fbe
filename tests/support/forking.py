"""The process that forks itself for every command and worker. It has imported what they import.

Its standard input is the socket at which it is asked; it ends when that is closed.
"""

import contextlib
import gc
import json
import os
import runpy
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

_ROOT = Path(__file__).resolve().parents[2]
_LATE = (
    *("runtime.files", "runtime.home", "runtime.keys", "runtime.temporal.engine", "runtime.logs"),
    *("runtime.operations", "services.details", "services.programmes", "services.case.cases"),
    *("services.case.events", "typer.rich_utils", "worker"),
)
"""What a command imports when it first asks for it, beside its own module; and all that workers import."""


def _serve(asked: socket.socket) -> None:
    """One process for each message, which runs the command and says how it ended."""
    while True:
        size, files, _, _ = socket.recv_fds(asked, 4, 3)
        if not size:
            return
        words, environment = json.loads(_whole(asked, int.from_bytes(size, "big")))
        if not os.fork():
            asked.close()
            _run(words, environment, *files)
        for file in files:
            os.close(file)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:  # those that have ended meanwhile
                pass


def _whole(asked: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        parts += asked.recv(size - len(parts))
    return bytes(parts)


def _run(words: Sequence[str], environment: Mapping[str, str], out: int, err: int, answer: int) -> NoReturn:
    """Run it in a child of our own, and tell its number at once, its exit code at the end."""
    if not (command := os.fork()):
        os.close(answer)
        _become(words, environment, out, err)
    os.write(answer, _bytes(command))
    _, status = os.waitpid(command, 0)
    with contextlib.suppress(BrokenPipeError):  # it took too long: nobody waits any more
        os.write(answer, _bytes(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _bytes(number: int) -> bytes:
    return number.to_bytes(4, "big", signed=True)


def _become(words: Sequence[str], environment: Mapping[str, str], out: int, err: int) -> NoReturn:
    """Be what Python would be that was started with these words."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in enumerate((nothing, out, err)):
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [*words]
    try:
        runpy.run_path(words[0], run_name="__main__")
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _import_everything() -> None:
    from cli.commands import COMMANDS, GROUPS

    for module in (*COMMANDS, *(module for group in GROUPS.values() for module in group.commands), *_LATE):
        import_module(module)


if __name__ == "__main__":
    sys.path[0] = str(_ROOT)
    _import_everything()
    gc.collect()
    gc.freeze()  # forks share what never changes
    _serve(socket.socket(fileno=os.dup(0)))
