"""The schema goes on after a backup, and back, one revision after the other, with what is on record."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from adapters.database import MIGRATIONS, connect, head, migrate, revision, unmigrate
from models.operations.deployment import Checked
from runtime.care.deployment import Deployment
from runtime.care.migrating import FOLDER, migrated
from runtime.settings import Settings
from tests.support.command import inside
from tests.support.entries import entry, write
from tests.support.furnished import EFFECTS, furnish

REVISIONS = sorted(path.name[:4] for path in MIGRATIONS.glob("versions/[0-9]*.py"))
BEFORE = "0018"
"""The schema that has no archive yet."""


def on_record(database: Engine) -> list[tuple[object, ...]]:
    """What every schema has of each entry."""
    wanted = text('SELECT seq, key, "case", action, actor FROM record ORDER BY seq')
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(wanted)]


def at(database: Engine) -> str | None:
    """The revision of a database."""
    with database.connect() as connection:
        return revision(connection)


@pytest.mark.timeout(120)
def test_every_migration_goes_back_and_on_again_with_data(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", **EFFECTS))
    before = on_record(database)
    assert len(before) > 1
    for upper, lower in zip(REVISIONS[:0:-1], REVISIONS[-2::-1], strict=True):
        unmigrate(database, lower)
        migrate(database, upper)
        assert on_record(database) == before, upper
        unmigrate(database, lower)
        assert (at(database), on_record(database)) == (lower, before)
    migrate(database)
    assert (at(database), on_record(database)) == (head(), before)
    assert write(database, entry("b"))[0].seq == len(before) + 1


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of an installation that does not run."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    assert inside(folder, "setup").code == 0
    return folder


@pytest.fixture
def old(home: Path) -> Iterator[Engine]:
    """Its database, as an earlier version has left it."""
    database = connect(Settings(home=home).database)
    unmigrate(database, REVISIONS[-2])
    yield database
    database.dispose()


def backups(home: Path) -> list[str]:
    """What was backed up before the schema was changed."""
    return sorted(path.name.partition("Z-")[2] for path in (home / FOLDER).glob("*"))


def test_setup_backs_up_before_it_migrates_and_only_then(home: Path, old: Engine) -> None:
    done = inside(home, "setup")
    assert done.code == 0
    assert f"schema: {REVISIONS[-2]} -> {head()}" in done.out
    assert backups(home) == [f"before-{head()}"]
    assert inside(home, "setup").code == 0
    assert backups(home) == [f"before-{head()}"]
    (folder,) = (home / FOLDER).glob("*")
    assert inside(home.parent / "other", "restore", str(folder)).code == 0


def test_a_new_installation_has_nothing_to_back_up(home: Path) -> None:
    assert backups(home) == []


def test_nothing_is_migrated_where_the_backup_fails(home: Path, old: Engine) -> None:
    (home / FOLDER).write_text("no folder")
    assert inside(home, "setup").code != 0
    assert at(old) == REVISIONS[-2]


def test_the_schema_is_taken_back_after_a_backup(home: Path) -> None:
    database = connect(Settings(home=home).database)
    before = on_record(database)
    done = inside(home, "db", "downgrade", REVISIONS[-2])
    assert (done.code, done.err) == (0, "")
    assert (at(database), on_record(database)) == (REVISIONS[-2], before)
    assert backups(home) == [f"before-downgrade-to-{REVISIONS[-2]}"]
    database.dispose()


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("9999", "knows no revision"),
        ("base", "knows no revision"),
        (head(), "no later one"),
        ("x'--", "knows no revision"),
    ],
)
def test_what_is_no_way_back_is_refused(home: Path, wanted: str, says: str) -> None:
    done = inside(home, "db", "downgrade", wanted)
    assert (done.code, says in done.err) == (6, True)
    assert backups(home) == []


async def on_a_copy(database: Engine, home: Path) -> list[Checked]:
    """What is said of what was tried on a copy."""
    found = [one async for one in Deployment(Settings(home=home), database).check()]
    return [one for one in found if "on a copy" in one.what]


async def test_migrations_are_tried_on_a_copy_and_change_nothing(database: Engine, tmp_path: Path) -> None:
    furnish(database)
    unmigrate(database, REVISIONS[-2])
    tried, proof = await on_a_copy(database, tmp_path)
    assert (tried.is_good, tried.what) == (True, f"migrations on a copy, {REVISIONS[-2]} -> {head()}")
    assert not proof.is_good
    assert "person coord.seo: no entry on record has put it there" in proof.detail
    assert at(database) == REVISIONS[-2]
    assert backups(tmp_path) == [one for one in os.listdir(tmp_path) if "trial" in one] == []


@pytest.mark.database
async def test_cases_of_before_format_2_are_named(home: Path) -> None:
    database = connect(Settings(home=home).database)
    unmigrate(database, "0005")
    found = [str(one) async for one in Deployment(Settings(home=home), database).check()]
    assert any(one.startswith("PROBLEM: open cases of schema 0005: ") for one in found)
    assert any(one.startswith(f"ok: migrations on a copy, 0005 -> {head()}") for one in found)
    database.dispose()


@pytest.mark.database
async def test_on_the_way_back_a_newer_schema_is_said_and_nothing_tried(home: Path) -> None:
    database = connect(Settings(home=home).database)
    with database.begin() as connection:  # a version that is not there yet has migrated it
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    found = [str(one) async for one in Deployment(Settings(home=home), database).check()]
    how = f"before this version is at work, with the newer one: accord db downgrade {head()}"
    assert f"read: the schema, 9999, is newer than {head()}: {how}" in found
    assert [one for one in found if one.startswith("PROBLEM") or "on a copy" in one] == []
    database.dispose()


async def test_a_migration_that_stumbles_over_what_is_there_is_said(database: Engine, tmp_path: Path) -> None:
    furnish(database)
    unmigrate(database, BEFORE)
    with database.begin() as connection:  # somebody has made a table of the name by hand
        connection.execute(text("CREATE TABLE archived_history (x INTEGER)"))
    (tried,) = await on_a_copy(database, tmp_path)
    assert not tried.is_good
    assert "archived_history" in tried.detail
    with database.begin() as connection:
        connection.execute(text("DROP TABLE archived_history"))
    assert migrated(database, Settings(home=tmp_path))[-1] == f"schema: {BEFORE} -> {head()}"
