"""Tells whoever has started this process how it is: systemd, or `accord up` its worker.

The words are those of sd_notify(3). systemd names a socket in NOTIFY_SOCKET; `accord up` hands one end of a
pair down (``handed_down``), which needs no place on a disk that may be full, and ends with either process.
"""

import contextlib
import os
import socket
from collections.abc import Mapping
from enum import StrEnum

_FROM_SYSTEMD, _HANDED_DOWN = "NOTIFY_SOCKET", "ACCORD_NOTIFY"


class Word(StrEnum):
    """What is said."""

    READY = "READY=1"
    """It serves."""
    ALIVE = "WATCHDOG=1"
    """It still does; said every few seconds."""
    STOPPING = "STOPPING=1"
    """It was told to stop, and finishes what it has begun."""
    BEGIN = "BEGIN=1"
    """The one word that is said to it: it shall begin."""


class Supervisor:
    """Whoever has started this process, if the environment says that they want to know."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._socket = _opened(environment)
        self._waits = _HANDED_DOWN in environment
        self.has_gone = False
        """Whether `accord up` has ended without a word: then nobody ends this process either."""

    def wants_it(self) -> bool:
        """Wait until `accord up` wants this process to begin, where it is its own. False: it has ended."""
        with contextlib.suppress(OSError):
            return not (self._waits and self._socket) or bool(self._socket.recv(len(Word.BEGIN) + 1))
        return False

    def tell(self, *words: str) -> None:
        """Say it. Nothing depends on whether it is heard."""
        try:
            if self._socket:
                self._socket.send("".join(f"{word}\n" for word in words).encode(), socket.MSG_DONTWAIT)
        except BrokenPipeError:
            self.has_gone = True
        except OSError:  # systemd is being started again, or has no time
            return

    def close(self) -> None:
        """Nothing more is said."""
        if self._socket:
            self._socket.close()


def handed_down(theirs: socket.socket) -> dict[str, str]:
    """The environment of a child that shall speak into this socket, and to nobody else."""
    return os.environ | {_HANDED_DOWN: str(theirs.fileno())}


def _opened(environment: Mapping[str, str]) -> socket.socket | None:
    if number := environment.get(_HANDED_DOWN):
        with contextlib.suppress(OSError, ValueError):
            return socket.socket(fileno=int(number))
        return None
    if path := environment.get(_FROM_SYSTEMD):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with contextlib.suppress(OSError):
            line.connect(f"\0{path[1:]}" if path.startswith("@") else path)
            return line
        line.close()
    return None
