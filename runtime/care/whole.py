"""Folders that are whole, or not there at all; and what a file in one is, by its content."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.sqlite_copy import flush
from models.operations.backup import BackupProblem, Kept


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """A new folder beside the one that is wanted. It takes that place when the block is left: that of
    nothing, or of an empty folder, and of nothing else; where the block fails, it is gone.

    BackupProblem: it cannot be made there, or the disk is full.
    """
    place = folder.absolute().parent
    made = place / f".{folder.name}.{secrets.token_hex(4)}"
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        made.mkdir(mode=0o700)
    except OSError as error:
        raise BackupProblem(
            f"{folder} cannot be made: {error.strerror}. Name a place in a folder where this user may write."
        ) from error
    try:
        yield made
        for path in (*made.rglob("*"), made):
            flush(path)
        os.rename(made, folder.absolute())
        flush(place)
    except BaseException as error:
        shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, OSError):
            why = f"{folder} is not made: {error.strerror}. See to it, and run this again."
            raise BackupProblem(why) from error
        raise


def kept(folder: Path, name: str) -> Kept:
    """What a file is, by its content."""
    with (folder / name).open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Kept(name=name, sha256=sha256, size=os.fstat(file.fileno()).st_size)
