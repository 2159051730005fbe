"""Backing an installation up while it runs, and what a backup holds."""

import stat
from pathlib import Path

import pytest

from models.operations.backup import MANIFEST, Manifest
from tests.support.command import inside
from tests.support.house import House

pytestmark = pytest.mark.engine


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def manifest(folder: Path) -> Manifest:
    return Manifest.model_validate_json((folder / MANIFEST).read_bytes())


async def test_a_backup_is_taken_while_everything_runs_and_is_its_owners_alone(
    house: House, tmp_path: Path
) -> None:
    case = await house.propose()
    await case.gate("review")
    done = inside(house.settings.home, "backup", str(tmp_path / "b"))
    assert (done.code, done.err) == (0, "")
    said = manifest(tmp_path / "b")
    assert said.engine and said.engine.position <= said.record.last
    assert [file.name for file in said.files] == [
        "engine.db",
        "keys/ring.json",
        "keys/workers.json",
        "record.db",
    ]
    for path in (tmp_path / "b", *(tmp_path / "b").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    again = inside(house.settings.home, "backup", str(tmp_path / "b"))
    assert (again.code, "exists already" in again.err) == (6, True)
    assert names(tmp_path) == ["b"]
    await case.withdraw()
