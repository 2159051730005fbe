"""A copy of the database for once, to try on what shall be done to it: gone afterwards."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from adapters import postgres_dump, sqlite_copy
from adapters.database import connect
from models.operations.backup import BackupProblem

_NO_ROOM = "The role of this database may not make another one (CREATEDB)"


@contextmanager
def for_once(database: Engine, beside: Path) -> Iterator[Engine]:
    """A copy of ``database`` as of now: a file in a private folder in ``beside``, or a database of its own on
    the same server, made with `pg_dump`.

    BackupProblem: there can be no copy, and what would help.
    """
    with TemporaryDirectory(prefix=".trial-", dir=beside) as folder:
        if database.dialect.name == "sqlite":
            file = Path(folder) / "copy.db"
            sqlite_copy.copy(Path(str(database.url.database)), file)
            with _closed(connect(f"sqlite:///{file}")) as copy:
                yield copy
            return
        with _beside(database, Path(folder)) as copy:
            yield copy


@contextmanager
def _beside(database: Engine, folder: Path) -> Iterator[Engine]:
    name = f"accord_trial_{secrets.token_hex(6)}"
    file, url = folder / "copy.dump", database.url.set(database=name)
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        postgres_dump.dump(database.url.render_as_string(hide_password=False), file, str(snapshot))
    _administer(database, f"CREATE DATABASE {name}")
    try:
        whole = url.render_as_string(hide_password=False)
        postgres_dump.restore(file, whole)
        with _closed(connect(whole)) as copy:
            yield copy
    finally:
        _administer(database, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(database: Engine, statement: str) -> None:
    try:
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
    except DBAPIError as error:
        why = str(error.orig).strip()
        raise BackupProblem(
            f"{_NO_ROOM}: {why}. Try the migrations on a restored backup: accord restore."
        ) from error


@contextmanager
def _closed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()
