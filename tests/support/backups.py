"""Backups of an installation under test, and homes that are made of them, rightly or wrongly."""

import shutil
from pathlib import Path

from pydantic import SecretStr

from models.operations.backup import MANIFEST, Manifest
from runtime.care.backup import back_up
from runtime.care.restore import restore
from runtime.settings import Settings
from tests.support.house import House


def backed_up(house: House, folder: Path, signing_keys: bool = False) -> Manifest:
    """A backup of an installation that runs, as it is now."""
    list(back_up(house.settings, house.database, folder, signing_keys))
    return manifest(folder)


def manifest(folder: Path) -> Manifest:
    """What a backup says of itself."""
    return Manifest.model_validate_json((folder / MANIFEST).read_bytes())


def restored(folder: Path, home: Path, url: str | None = None) -> list[str]:
    """What is said when a home, and the database ``url``, is made of a backup."""
    return list(restore(Settings(home=home, database_url=SecretStr(url) if url else None), folder))


def mixed(engine_of: Path, record_of: Path, home: Path) -> None:
    """A home with the engine of one backup and the record of another: put together by hand."""
    restored(engine_of, home)
    shutil.copyfile(record_of / "record.db", home / "accord.db")
