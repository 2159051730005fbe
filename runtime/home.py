"""The home folder of an installation: nobody but its owner looks into it."""

import os
import stat
from pathlib import Path

PRIVATE = 0o077
"""The umask of every process of ours: what it makes is for its owner alone."""


class HomeProblem(RuntimeError):
    """Others can reach the home folder; the text says what to do."""


def guard(home: Path) -> None:
    """HomeProblem: others can look into the folder, write to it, or own it. A missing one is made later."""
    try:
        found = home.stat()
    except FileNotFoundError:
        return
    if found.st_uid != os.geteuid():
        raise HomeProblem(f"{home} belongs to another user. Set ACCORD_HOME to a folder of your own.")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise HomeProblem(f"Others can look into {home}. Shut it: chmod 700 {home}")
