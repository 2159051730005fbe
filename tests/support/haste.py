"""What a run of the tests does without: a disk that is waited for, and compiling the same again."""

import os
import shutil
import sys
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30
"""Bytes. A run that fails keeps what its tests wrote, and the two runs before it may have failed, too."""


def hurry() -> None:
    """For this process and those that it starts."""
    if _MEMORY.is_dir() and has_room(_MEMORY):
        # nobody pulls a plug here: what is killed loses nothing that it had written to a file in memory
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
    # hundreds of processes would each compile all that they import, where somebody wants no caches
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def has_room(folder: Path) -> bool:
    """Whether temporary folders can be there: programs in it are executed, too."""
    may = os.access(folder, os.W_OK) and not os.statvfs(folder).f_flag & os.ST_NOEXEC
    return may and shutil.disk_usage(folder).free > _ROOM
