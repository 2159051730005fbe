"""TOML files that installations are set up from: programmes, funds, the directory of people."""

import json
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from models.files import InvalidFile, explain
from models.money.fund import Fund
from models.partnership.programme import Programme
from models.people.directory import Directory

M = TypeVar("M", bound=BaseModel)


def load_programme(path: Path) -> Programme:
    """Read and check one programme file. InvalidFile says which key breaks which rule."""
    return _load(path, Programme)


def load_fund(path: Path) -> Fund:
    """Read and check the file of a fund by itself. InvalidFile says which key breaks which rule."""
    return _load(path, Fund)


def load_directory(path: Path) -> Directory:
    """Read and check a directory file. InvalidFile says which key breaks which rule."""
    return _load(path, Directory)


def toml_as_json(path: Path) -> str:
    """The content of a TOML file as JSON. InvalidFile: it cannot be read."""
    try:
        return json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidFile(f"{path.name}: {error}") from error


def _load(path: Path, model: type[M]) -> M:
    try:
        return model.model_validate_json(toml_as_json(path))
    except ValidationError as error:
        raise InvalidFile(f"{path.name}: {explain(error)}") from error
