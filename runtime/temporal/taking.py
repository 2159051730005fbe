"""Takes the lock of a home folder: whoever has it runs the one engine on it."""

import asyncio
from pathlib import Path

from runtime.temporal import folder
from runtime.temporal.engine import EngineError, running

_PATIENCE = 20
"""Tries, a tenth of a second apart, to get a lock that somebody is about to release."""


class EngineBusy(EngineError):
    """Somebody else runs the embedded engine on this home."""


async def take(home: Path) -> int:
    """The lock of this home, taken from a server whose owner is gone, if need be. EngineBusy: it is held."""
    try:
        for _ in range(_PATIENCE):
            if (taken := folder.lock(home)) is not None:
                return taken
            if not folder.end_orphan(home) and running(home):
                break
            await asyncio.sleep(0.1)
    except OSError as error:
        what = f"The folder {home} cannot be locked: {error.strerror}"
        raise EngineError(f"{what}. Set ACCORD_HOME to a folder of your own on a local disk.") from error
    raise EngineBusy(f"Another process is starting or running the engine on {home}.")
