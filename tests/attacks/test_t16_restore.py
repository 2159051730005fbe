"""T16: a backup of two instants, a file that is missing or altered, an engine or a record that is older."""

import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from models.operations.backup import MANIFEST, BackupProblem
from models.operations.difference import DifferenceKind
from runtime.care.whole import kept
from tests.support.backups import backed_up, manifest, mixed, restored
from tests.support.differing import kinds, mended
from tests.support.house import Case
from tests.support.installation import installation
from tests.support.operating import RESET, all_is_right, operated

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, Path, Case]]:
    """Two backups of an installation: between them a proposal is returned, revised, and passes its review."""
    place = tmp_path_factory.mktemp("two")
    async with installation(place / "home") as house:
        case = await house.propose()
        gate = await case.gate("review")
        assert (await case.vote(gate, "expert.lim", "return", "Later.")).accepted
        backed_up(house, place / "early")
        assert (await case.vote(gate, "sec.han", "return", "Later.")).accepted
        assert (await case.resubmit("review")).accepted
        await case.approve("review", 2)
        assert (await case.vote(await case.gate("funding"), "molit.park")).accepted
        backed_up(house, place / "late")
        yield place / "early", place / "late", case


def gone(folder: Path) -> None:
    (folder / "engine.db").unlink()


def altered(folder: Path) -> None:
    with (folder / "record.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"x")


def cut(folder: Path) -> None:
    with (folder / "record.db").open("r+b") as file:
        file.truncate(4096)


def elsewhere(folder: Path) -> None:
    content = (folder / "engine.db").read_bytes()
    (folder / "engine.db").unlink()
    (folder.parent / "engine.db").write_bytes(content)
    (folder / "engine.db").symlink_to(folder.parent / "engine.db")


def swollen(folder: Path) -> None:
    """Eight terabytes of nothing, which nobody may begin to read."""
    os.truncate(folder / "record.db", 1 << 43)


def endless(folder: Path) -> None:
    (folder / "record.db").unlink()
    os.mkfifo(folder / "record.db")


def without_list(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def endless_list(folder: Path) -> None:
    without_list(folder)
    os.mkfifo(folder / MANIFEST)


def swollen_list(folder: Path) -> None:
    os.truncate(folder / MANIFEST, 1 << 33)


def of_tomorrow(folder: Path) -> None:
    said = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(said | {"format": 99}))


def of_a_newer_schema(folder: Path) -> None:
    said = json.loads((folder / MANIFEST).read_text())
    said["record"]["revision"] = "9999"
    (folder / MANIFEST).write_text(json.dumps(said))


def rotten(folder: Path) -> None:
    """No database, and the list says that it should be so."""
    (folder / "record.db").write_bytes(b"rotten" * 1000)
    said = json.loads((folder / MANIFEST).read_text())
    others = [file for file in said["files"] if file["name"] != "record.db"]
    files = [*others, kept(folder, "record.db").content()]
    (folder / MANIFEST).write_text(json.dumps(said | {"files": files}))


def out_of_its_folder(folder: Path) -> None:
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text.replace("keys/ring.json", "../ring.json"))


@pytest.mark.parametrize(
    "harm",
    [
        gone,
        altered,
        cut,
        swollen,
        endless,
        elsewhere,
        without_list,
        endless_list,
        swollen_list,
        of_tomorrow,
        of_a_newer_schema,
        out_of_its_folder,
        rotten,
    ],
)
def test_what_is_not_whole_is_refused_and_nothing_is_made(
    two: tuple[Path, Path, Case], tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    folder = copied(two[0], tmp_path)
    harm(folder)
    with pytest.raises(BackupProblem):
        restored(folder, tmp_path / "home")
    assert names(tmp_path) == sorted({"backup", "engine.db"} if harm is elsewhere else {"backup"})


@pytest.mark.parametrize("file", ["engine.db", "record.db"])
def test_files_of_two_backups_are_refused(two: tuple[Path, Path, Case], tmp_path: Path, file: str) -> None:
    folder = copied(two[0], tmp_path)
    (folder / file).write_bytes((two[1] / file).read_bytes())
    with pytest.raises(BackupProblem, match="of another backup"):
        restored(folder, tmp_path / "home")


def test_an_engine_that_knows_more_than_the_record_is_refused(
    two: tuple[Path, Path, Case], tmp_path: Path
) -> None:
    """Also where somebody has made the list agree."""
    early, late = (json.loads((folder / MANIFEST).read_text()) for folder in two[:2])
    folder = copied(two[0], tmp_path)
    (folder / "engine.db").write_bytes((two[1] / "engine.db").read_bytes())
    of_late = {file["name"]: file for file in late["files"]}
    files = [of_late[file["name"]] if file["name"] == "engine.db" else file for file in early["files"]]
    (folder / MANIFEST).write_text(json.dumps(early | {"engine": late["engine"], "files": files}))
    with pytest.raises(BackupProblem, match="The engine knows of record"):
        restored(folder, tmp_path / "home")


def test_a_home_with_something_in_it_is_left_alone(two: tuple[Path, Path, Case], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "mine").touch()
    with pytest.raises(BackupProblem, match="not empty"):
        restored(two[0], home)
    assert names(home) == ["mine"]


def test_a_home_in_the_backup_itself_is_refused(two: tuple[Path, Path, Case], tmp_path: Path) -> None:
    folder = copied(two[0], tmp_path)
    with pytest.raises(BackupProblem, match="in the backup itself"):
        restored(folder, folder / "home")
    assert not (folder / "home").exists()


async def test_a_record_that_is_ahead_of_its_engine_is_absorbed(
    two: tuple[Path, Path, Case], tmp_path: Path
) -> None:
    """The vote that settled the gate is on record; the engine still waits for it."""
    mixed(two[0], two[1], tmp_path / "home")
    async with installation(tmp_path / "home") as house:
        case = Case(house, two[2].proposal)
        assert await kinds(case) == [DifferenceKind.RECORD_AHEAD]
        assert [one.done.partition(":")[0] for one in await mended(case)] == ["reset"]
        gate = await case.gate("funding")
        assert (await case.vote(gate, "treasury.cho")).accepted
        await case.gate("study.tender")
        assert await kinds(case) == []
        assert case.money() == {"committed": 1_000_001}
        assert case.actions().count("vote approve") == 4
        await case.withdraw()
        assert await case.ended() == "withdrawn"
        all_is_right(house)


async def test_an_engine_that_is_ahead_of_its_record_is_named(
    two: tuple[Path, Path, Case], tmp_path: Path
) -> None:
    """People were told of votes that no record has: by number. A reset takes what they sent, in its order."""
    mixed(two[1], two[0], tmp_path / "home")
    async with installation(tmp_path / "home") as house:
        case = Case(house, two[2].proposal)
        assert await kinds(case) == [DifferenceKind.ENGINE_AHEAD]
        lost = range(manifest(two[0]).record.last + 1, manifest(two[1]).record.last + 1)
        named = next(row["reason"] for row in case.history() if row["action"] == "difference found")
        assert all(str(number) in named for number in lost)
        assert [one.done for one in await mended(case)] == [""]
        await operated(house, RESET, case.id, event=int(named.rpartition("event ")[2].strip(")")))
        gate = await case.gate("funding")
        assert (await case.vote(gate, "treasury.cho")).accepted
        await case.gate("study.tender")
        assert case.actions().count("vote approve") == 4
        assert case.money() == {"committed": 1_000_001}
        assert await kinds(case) == []
        await case.withdraw()
        assert await case.ended() == "withdrawn"
        all_is_right(house)


def copied(folder: Path, to: Path) -> Path:
    """A backup that may be harmed."""
    import shutil

    return Path(shutil.copytree(folder, to / "backup"))


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())
