"""The home folder of an embedded engine: its lock, and the file that says where the server is.

The lock is one on the folder itself (flock): it cannot be deleted under a running server, a copy of the
folder has another. It ends with those who hold it: the process that looks after the server, and the server.
"""

import contextlib
import fcntl
import os
import signal
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class State(BaseModel):
    """What ``engine.json`` says. It counts in the folder that it names only: in a copy it says nothing."""

    model_config = ConfigDict(frozen=True)

    folder: tuple[int, int]
    """Device and inode."""
    owner: int
    """The process that looks after the server."""
    pid: int
    """The server."""
    port: int
    ui: str
    ready: bool
    """Whether it has begun to serve."""


def identity(folder: Path) -> tuple[int, int]:
    """What tells a folder from any copy of it."""
    found = folder.stat()
    return found.st_dev, found.st_ino


def read(folder: Path) -> State | None:
    """What is known of the server on this folder; None: nothing."""
    try:
        state = State.model_validate_json((folder / "engine.json").read_bytes())
        return state if state.folder == identity(folder) else None
    except (OSError, ValueError):
        return None


def write(folder: Path, state: State) -> None:
    """Say where the server is."""
    written = folder / "engine.json.tmp"
    written.write_text(state.model_dump_json())
    written.replace(folder / "engine.json")


def forget(folder: Path) -> None:
    """Say no longer where a server is."""
    (folder / "engine.json").unlink(missing_ok=True)


def lock(folder: Path) -> int | None:
    """The lock of this folder as a file descriptor; None: somebody holds it. OSError: it knows no locks."""
    return _locked(folder, fcntl.LOCK_EX)


def is_locked(folder: Path) -> bool:
    """Whether a server, or whoever looks after one, holds the lock of this folder."""
    try:
        free = _locked(folder, fcntl.LOCK_SH)
    except OSError:
        return False
    if free is not None:
        os.close(free)
    return free is None


def _locked(folder: Path, how: int) -> int | None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(opened, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    except OSError:
        os.close(opened)
        raise
    return opened


def end_orphan(folder: Path) -> bool:
    """End a server that holds the lock of this folder, and whose owner is gone. Whether there was one."""
    state = read(folder)
    with contextlib.suppress(OSError):  # no such process, or no /proc to learn from what it is
        if state and state.owner != _parent(state.pid):
            process = os.pidfd_open(state.pid)
            try:
                if holds(state.pid, folder):  # the number may be that of another process by now
                    signal.pidfd_send_signal(process, signal.SIGKILL)
                    return True
            finally:
                os.close(process)
    return False


def holds(pid: int, folder: Path) -> bool:
    """Whether a process has this folder open: a server has inherited its lock. OSError: cannot be known."""
    mine = identity(folder)
    for opened in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if identity(opened) == mine:
                return True
    return False


def _parent(pid: int) -> int:
    """The process that it is a child of; OSError: there is none, or no /proc."""
    after_the_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    return int(after_the_name.split()[1])
