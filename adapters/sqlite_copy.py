"""Copies of SQLite files that others are writing to: whole, and as of one moment."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from models.operations.backup import BackupProblem


def copy(source: Path, target: Path) -> None:
    """Copy a database to a new file, by SQLite's own backup. Whoever writes meanwhile is not held up.

    BackupProblem: it is no database, or it is damaged.
    """
    target.touch(mode=0o600, exist_ok=False)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as of,
            closing(sqlite3.connect(target)) as to,
        ):
            of.backup(to)
            to.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
    except sqlite3.Error as error:
        raise BackupProblem(
            f"{source.name} cannot be copied: {error}. Is it whole, the disk not full?"
        ) from error


def check(path: Path) -> None:
    """BackupProblem: the database in this file is damaged."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise BackupProblem(f"{path.name} is damaged ({found}). Take another backup.")


def flush(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before anybody is told so."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
