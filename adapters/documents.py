"""Files as they come: bounded bytes, and the TOML files that an installation is set up from."""

import json
import re
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from models.base import cleaned
from models.files import InvalidFile, read_as
from models.money.fund import Fund
from models.people.directory import Directory

MAX_TOML = 10_000_000
"""Bytes of a programme, a fund or a directory: one of 50,000 people is smaller."""

_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?<![\w.-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{40}}")
"""A dotted key of more than 40 parts. tomllib takes memory by the square of them: 4 GB for one of 64 kB."""

T = TypeVar("T")


def read_bytes(path: Path, limit: int) -> bytes:
    """The file, or one byte more than ``limit`` of it. InvalidFile: it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise InvalidFile(f"{path}: {_reason(error)}; check the name, the folder and the rights") from error


def _reason(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case IsADirectoryError():
            return "this is a folder, not a file"
    return f"cannot be read: {error}"


def file_name(path: Path) -> str:
    """The name of a file as it may be kept: one line, no longer than 200 bytes."""
    return cleaned(" ".join(path.name.split()), 200)


def load(path: Path, read: Callable[[dict[str, Any]], T]) -> T:
    """What ``read`` makes of a TOML file. InvalidFile says which key of which file breaks which rule."""
    values = read_toml(path)
    try:
        return read(values)
    except InvalidFile as error:
        raise InvalidFile(f"{path.name}: {error}") from error


def load_fund(path: Path) -> Fund:
    """Read and check the file of a fund by itself. InvalidFile says which key breaks which rule."""
    return load(path, partial(read_as, Fund))


def load_directory(path: Path) -> Directory:
    """Read and check a directory file. InvalidFile says which key breaks which rule."""
    return load(path, partial(read_as, Directory))


def read_toml(path: Path, limit: int = MAX_TOML) -> dict[str, Any]:
    """A TOML file in UTF-8, as plain JSON types: dates are text. InvalidFile: it is none, it is longer
    than ``limit`` bytes, nested too deep, or holds numbers that are too large.
    """
    data = read_bytes(path, limit)
    if len(data) > limit:
        what = "is it the one that you mean?"
        raise InvalidFile(f"{path.name}: the file is larger than {limit:,} bytes; {what}")
    try:
        text = data.decode("utf-8-sig")
        if _LONG_KEY.search(text):
            raise ValueError("a key has more than 40 parts")
        values = tomllib.loads(text)
        return dict(json.loads(json.dumps(values, default=str)))
    except UnicodeDecodeError as error:
        raise InvalidFile(f"{path.name}: this is no text in UTF-8; save it as UTF-8 ({error})") from error
    except (ValueError, RecursionError) as error:
        raise InvalidFile(f"{path.name}: this cannot be read as TOML in UTF-8: {error}") from error
