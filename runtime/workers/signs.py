"""The signs of life of a worker: to a file, for `accord health`, and to whoever has started it."""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from models.operations.health import Health, Part, is_wedged
from runtime.watching.notify import Supervisor, Word

if TYPE_CHECKING:  # brings the engine with it, and `accord health` only reads
    from runtime.workers.readiness import Readiness

_EVERY, _SOON = 5.0, 0.2
"""Seconds between two looks, and between those before it is ready for the first time."""


class Signs:
    """What a worker tells of itself."""

    def __init__(self, file: Path, supervisor: Supervisor) -> None:
        self._file = file
        self._supervisor = supervisor
        self._told = False

    async def give(self, readiness: "Readiness", stop: asyncio.Event) -> None:
        """Tell every few seconds how this worker is, until it is told to stop, or nobody is left to do so."""
        try:
            while not stop.is_set() and not self._supervisor.has_gone:
                self._tell(await readiness.look())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_EVERY if self._told else _SOON):
                        await stop.wait()
        finally:
            self._supervisor.tell(Word.STOPPING)
            forget(self._file, os.getpid())

    def _tell(self, found: Health) -> None:
        """Say ready once it asks for work, and that it lives as long as a new start would help nobody."""
        if not self._told and found.part(Part.POLLING).is_ready:
            self._told = True
            self._supervisor.tell(Word.READY)
        if not is_wedged(found.checks):
            self._supervisor.tell(Word.ALIVE)
        with contextlib.suppress(OSError):  # a disk that is full is no reason to end
            write(self._file, found)


def write(file: Path, found: Health) -> None:
    """Write down how everything is."""
    written = file.with_name(f"{file.name}.{os.getpid()}")
    written.write_text(found.model_dump_json())
    written.replace(file)


def read(file: Path) -> Health | None:
    """What was last written down; None: nothing that can be read."""
    try:
        return Health.model_validate_json(file.read_bytes())
    except (OSError, ValueError):
        return None


def forget(file: Path, pid: int) -> None:
    """This worker is no more; what another has written down stays."""
    if (known := read(file)) and known.pid == pid:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
