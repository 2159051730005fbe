"""Files with keys: nobody but their owner reads them, and half of one is never seen."""

import contextlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

M = TypeVar("M")

SHORTEST = 32
"""Bytes of a key."""


class KeyProblem(RuntimeError):
    """A key is missing, too short, or others can read it; the text says what to do."""


class KeyFile(Generic[M]):
    """A JSON file with keys, the oldest first. Made when first asked for, and read anew when it changes."""

    def __init__(self, path: Path, model: type[M], first: Callable[[], M]) -> None:
        self.path = path
        self._model: TypeAdapter[tuple[M, ...]] = TypeAdapter(tuple[model, ...])  # type: ignore[valid-type]
        self._first = first
        self._read: tuple[tuple[int, int], tuple[M, ...]] | None = None

    def read(self) -> tuple[M, ...]:
        """What it has. KeyProblem: it cannot be read, or others can."""
        version = self._version()
        if self._read is None or self._read[0] != version:
            try:
                self._read = (version, self._model.validate_json(read_secret(self.path)))
            except ValidationError as error:
                raise KeyProblem(f"{self.path} is no list of keys. Restore it from a backup.") from error
        return self._read[1]

    def write(self, keys: tuple[M, ...]) -> None:
        """Put these in the place of what it has."""
        made = _beside(self.path, self._model.dump_json(keys, indent=1))
        made.replace(self.path)

    def _version(self) -> tuple[int, int]:
        """Changes whenever the file does: it is never written, only replaced."""
        for _ in range(2):
            with contextlib.suppress(FileNotFoundError):
                found = self.path.stat()
                return found.st_ino, found.st_ctime_ns  # a change of who may read it counts, too
            write_once(self.path, self._model.dump_json((self._first(),), indent=1))
        raise KeyProblem(f"{self.path} cannot be made.")


def read_secret(path: Path) -> bytes:
    """The content of a file that is its owner's alone. KeyProblem: it is missing, or it is not."""
    try:
        with path.open("rb") as opened:
            found = os.fstat(opened.fileno())
            if found.st_uid != os.geteuid():
                raise KeyProblem(f"{path} belongs to another user. Give it to the one who runs Accord.")
            if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise KeyProblem(f"Others can read {path}. Run chmod 600 {path}, then change the key.")
            return opened.read()
    except OSError as error:
        raise KeyProblem(f"{path}: {error.strerror}. Restore it from a backup.") from error


def key(text: str, path: Path) -> bytes:
    """A key written in hex. KeyProblem: it is too short, or something else."""
    try:
        found = bytes.fromhex(text.strip())
    except ValueError:
        found = b""
    if len(found) < SHORTEST or len(set(found)) < SHORTEST // 4:
        raise KeyProblem(f"{path} has no key of {SHORTEST} bytes in hex. Restore it from a backup.")
    return found


def write_once(path: Path, content: bytes) -> None:
    """Write a file, unless somebody else was quicker: then theirs counts."""
    made = _beside(path, content)
    with contextlib.suppress(FileExistsError):
        os.link(made, path)
    made.unlink()


def _beside(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    made.touch(mode=0o600)
    made.write_bytes(content)
    return made
