"""Backing an installation up while it runs, also under load; what a backup holds."""

import asyncio
import os
import random
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from activities.case import audit
from adapters.database import connect, migrate
from models.case.record import Answer
from models.operations.backup import BackupProblem
from models.operations.difference import DifferenceKind
from models.partnership.partnership import Withdrawal
from runtime.care.backup import back_up
from runtime.care.whole import made_whole
from runtime.settings import Settings
from testing.postgres import fresh_database
from tests.support.backups import backed_up, restored
from tests.support.command import accord
from tests.support.differing import OPERATOR, reconciler
from tests.support.house import Case, House, Patient
from tests.support.installation import installation
from tests.support.operating import all_is_right
from tests.support.patience import eventually

pytestmark = pytest.mark.engine

INSTANTS = 10 if os.environ.get("ACCORD_PROVE") else 1
SEED = int(os.environ.get("ACCORD_SEED", "16"))
LONG = pytest.mark.skipif(INSTANTS == 1, reason="make prove has it")
ROUNDS = 3
PEOPLE = 6
"""So many make cases go on at the same time."""


async def test_a_backup_is_taken_while_everything_runs_and_is_its_owners_alone(
    house: House, tmp_path: Path
) -> None:
    case = await house.propose()
    await case.gate("review")
    folder = tmp_path / "b"
    done = await accord(house.settings.home, "backup", str(folder))
    assert (done.code, done.err) == (0, "")
    assert modes(folder) == {"folder": {0o700}, "file": {0o600}}
    assert names(folder) == ["engine.db", "keys", "manifest.json", "record.db"]
    again = await accord(house.settings.home, "backup", str(folder))
    assert (again.code, "exists already" in again.err) == (6, True)
    assert names(tmp_path) == ["b"]
    await case.withdraw()


async def test_private_keys_are_in_a_backup_only_if_somebody_says_so(house: House, tmp_path: Path) -> None:
    assert not backed_up(house, tmp_path / "without").signing_keys
    assert backed_up(house, tmp_path / "with", signing_keys=True).signing_keys
    assert "signing" not in names(tmp_path / "without")
    mine = names(house.settings.signing_folder)
    assert names(tmp_path / "with" / "signing") == mine
    restored(tmp_path / "with", tmp_path / "same")
    restored(tmp_path / "without", tmp_path / "other")
    assert names(tmp_path / "same" / "signing") == mine
    assert len(names(tmp_path / "other" / "signing")) == 1
    assert names(tmp_path / "other" / "signing") != mine


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    database = connect(settings.database)
    migrate(database)
    (settings.home / "temporal.db").write_bytes(b"rotten" * 1000)
    with pytest.raises(BackupProblem, match=r"temporal\.db cannot be copied"):
        list(back_up(settings, database, tmp_path / "b", signing_keys=False))
    database.dispose()
    assert names(tmp_path) == ["home"]
    assert names(settings.home) == ["accord.db", "temporal.db"]


def test_a_full_disk_is_said_and_nothing_is_left_of_what_was_begun(tmp_path: Path) -> None:
    with (
        pytest.raises(BackupProblem, match="is not made: No space left on device"),
        made_whole(tmp_path / "b"),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    assert names(tmp_path) == []


def test_where_nobody_may_write_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BackupProblem, match="Name a place in a folder"), made_whole(tmp_path / "file" / "b"):
        pass


async def works(house: House, told: list[tuple[Case, Answer]], stop: asyncio.Event) -> None:
    """Somebody carries cases as far as the study, one after the other, and keeps what they were told."""
    house.cases = Patient(house.client, house.database, house.settings)
    while not stop.is_set():
        case = await house.propose()
        gate = await case.gate("review")
        for voter in ("expert.lim", "sec.han"):
            told.append((case, await case.vote(gate, voter)))
        gate = await case.gate("funding")
        for voter in ("molit.park", "treasury.cho"):
            told.append((case, await case.vote(gate, voter)))


@asynccontextmanager
async def load(house: House) -> AsyncIterator[list[tuple[Case, Answer]]]:
    """People at work until the block is left; what they were told, with the case."""
    told, stop = list[tuple[Case, Answer]](), asyncio.Event()
    people = [asyncio.create_task(works(house, told, stop)) for _ in range(PEOPLE)]
    try:
        yield told
    finally:
        stop.set()
        await asyncio.gather(*people)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=LONG)])
def databases(request: pytest.FixtureRequest) -> Iterator[Callable[[], str | None]]:
    """Gives one empty database after the other, on each kind; None: a file in the home."""
    if request.param == "sqlite":
        yield lambda: None
        return
    server = request.getfixturevalue("postgres_url")
    with ExitStack() as stack:
        yield lambda: stack.enter_context(fresh_database(server))


@pytest.mark.timeout(1800)
async def test_nothing_that_people_were_told_before_a_backup_is_missing(
    tmp_path: Path, databases: Callable[[], str | None]
) -> None:
    """At random instants under load: restored elsewhere, everything is on record or named, and goes on."""
    chance = random.Random(SEED)
    known: list[list[tuple[Case, Answer]]] = []
    async with installation(tmp_path / "home", database_url=databases()) as house, load(house) as told:
        await eventually(lambda: len(told) > PEOPLE, "people decide")
        for number in range(INSTANTS):
            await asyncio.sleep(chance.uniform(1, 4))
            known.append(list(told))
            await asyncio.to_thread(backed_up, house, tmp_path / f"b{number}")
    assert all(known), f"seed {SEED}: nobody had decided anything"
    for number, before in enumerate(known):
        home, url = tmp_path / f"home{number}", databases()
        restored(tmp_path / f"b{number}", home, url)
        async with installation(home, database_url=url) as house:
            await goes_on(house, before)


async def goes_on(house: House, told: list[tuple[Case, Answer]]) -> None:
    """What people were told before the backup is on record; what differs is named, mended, and gone."""
    rows = house.read(lambda c: audit.history(c, audit.Question()))
    on_record = {(row["case"], row["seq"], row["actor"]) for row in rows}
    assert {(case.id, answer.seq, answer.actor) for case, answer in told} <= on_record
    found = await reconciler(house).repair(OPERATOR)
    assert {one.difference.kind for one in found} <= {DifferenceKind.RECORD_AHEAD, DifferenceKind.MISSING}
    assert all(one.done for one in found)
    for _ in range(ROUNDS):  # what is started again may have a part that is to be started again
        if not (left := await reconciler(house).repair(OPERATOR)):
            break
    assert left == []
    for number in {case.id for case, _ in told}:
        message = Withdrawal(case=number, actor="coord.seo", reason="No longer wanted.")
        assert (await house.cases.send("withdraw", message)).accepted
    all_is_right(house)


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def modes(folder: Path) -> dict[str, set[int]]:
    """Who may do what with a folder and all that is in it."""
    found: dict[str, set[int]] = {"folder": set(), "file": set()}
    for path in (folder, *folder.rglob("*")):
        found["folder" if path.is_dir() else "file"].add(stat.S_IMODE(path.stat().st_mode))
    return found
