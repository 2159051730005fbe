"""The schema brought to that of this program, after a backup."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Engine

from activities.operations.position import newest
from adapters.database import head, migrate, revision
from models.operations.backup import BackupProblem
from runtime.care.backup import back_up
from runtime.settings import Settings

FOLDER = "backups"
"""In the home folder: what was backed up before the schema was changed."""


def migrated(database: Engine, settings: Settings) -> tuple[str, ...]:
    """Bring the schema up to date; lines about the backup that was made before, where there is anything to
    lose. PostgreSQL migrates in one transaction: without its tools that goes on, and is said.
    """
    there = revision_of(database)
    said: tuple[str, ...] = ()
    if there not in (None, head()):
        try:
            said = tuple(back_up_before(settings, database, head()))
        except BackupProblem as problem:
            if database.dialect.name == "sqlite":
                raise
            said = (f"no backup was made before {head()}: {problem}",)
    migrate(database)
    return said if there in (None, head()) else (*said, f"schema: {there} -> {head()}")


def back_up_before(settings: Settings, database: Engine, what: str) -> Iterator[str]:
    """A backup in the home folder, where there is anything to lose. BackupProblem: there can be none."""
    if not entries(database):
        return
    folder = settings.home / FOLDER / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-before-{what}"
    folder.parent.mkdir(mode=0o700, exist_ok=True, parents=True)
    yield from back_up(settings, database, folder, signing_keys=False)


def revision_of(database: Engine) -> str | None:
    """The revision of the schema that is there; None: there is none."""
    with database.connect().execution_options(readonly=True) as connection:
        return revision(connection)


def entries(database: Engine) -> int:
    """How many entries are on record."""
    with database.connect().execution_options(readonly=True) as connection:
        return newest(connection)
