"""An installation comes back from a backup, and goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, func, select

from adapters import postgres_dump
from adapters.database import connect, migrate
from models.operations.backup import BackupProblem
from models.tables.record import record
from runtime.care.backup import back_up
from runtime.care.restore import restore
from runtime.settings import Settings
from runtime.setup import set_up
from testing.postgres import fresh_database
from tests.support.command import accord
from tests.support.engine import says, stop, up
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_what_was_backed_up_goes_on_elsewhere_and_says_where_it_comes_from(
    house: House, tmp_path: Path
) -> None:
    case, other = await house.propose(), await house.propose()
    gate = await case.gate("review")
    await other.gate("review")
    await other.handle.terminate(reason="past every rule")
    assert (await case.vote(gate, "expert.lim")).accepted
    assert (await accord(house.settings.home, "backup", str(tmp_path / "b"))).code == 0
    home = tmp_path / "home"
    done = await accord(home, "restore", str(tmp_path / "b"))
    assert (done.code, done.err) == (0, "")
    async with up(home) as process:
        await says(process, b"Differs: ")  # of so many, or more, and of this one
        differs = await accord(home, "reconcile", other.id)
        assert (differs.code, f"partnership/{other.id}" in differs.out) == (10, True)
        decided = await accord(home, "decide", gate["id"], "approve", "--as", "sec.han")
        assert (decided.code, decided.err) == (0, "")
        came = await accord(home, "history", "reconcile", "-o", "json")
        assert "restored from a backup" in [row["action"] for row in came.data()]
        assert (await accord(home, "restore", str(tmp_path / "b"))).code == 6
        assert await stop(process) == 0
    await case.withdraw()


@pytest.fixture
def elsewhere(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database."""
    with fresh_database(postgres_url) as url:
        yield url


def settings(home: Path, url: str) -> Settings:
    """An installation whose record is in PostgreSQL."""
    return Settings(home=home, database_url=SecretStr(url))


def count(database: Engine) -> int:
    with database.connect() as connection:
        return connection.scalar(select(func.count()).select_from(record)) or 0


def test_postgresql_is_backed_up_and_restored_with_its_own_tools(
    postgres_url: str, elsewhere: str, tmp_path: Path
) -> None:
    with fresh_database(postgres_url) as url:
        here = settings(tmp_path / "home", url)
        here.home.mkdir()
        database = connect(url)
        set_up(database, here)
        said = " ".join(back_up(here, database, tmp_path / "b", signing_keys=False))
        assert "engine: not in this backup" in said
        entries = count(database)
        database.dispose()
    there = settings(tmp_path / "other", elsewhere)
    with pytest.raises(BackupProblem, match="Set ACCORD_DATABASE_URL"):
        list(restore(Settings(home=tmp_path / "other"), tmp_path / "b"))
    list(restore(there, tmp_path / "b"))
    database = connect(elsewhere)
    assert count(database) == entries > 0
    migrate(database)
    database.dispose()
    with pytest.raises(BackupProblem, match="The database is not empty"):
        list(restore(settings(tmp_path / "third", elsewhere), tmp_path / "b"))
    assert not (tmp_path / "third").exists()


def test_without_the_tools_of_postgresql_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres_dump, "_PLACES", ())
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BackupProblem, match=r"pg_dump is missing.*postgresql-client"):
        postgres_dump.tool("pg_dump")
