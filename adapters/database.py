"""The database: one synchronous engine, SQLite by default, PostgreSQL by URL, and its migrations."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:  # it is slow to import, and only setting up needs it
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from activities.case.projection import Projections

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def _projections() -> "Projections":
    from activities.projections import PROJECTIONS  # whoever only reads does not need them

    return PROJECTIONS


_OPTIONS = {"projections": _projections}
"""What the record does with the effects of its entries (``activities/case/projection.py``)."""


_GONE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Seconds, and the last in milliseconds: a server that is cut off is found out within a minute. By default
whoever waits for its answer waits for hours.
"""


def connect(url: str) -> Engine:
    """An engine for ``url``; nothing is opened yet.

    SQLite runs in WAL with ``synchronous=full`` and foreign keys on. Every transaction takes the write lock
    when it begins (``BEGIN IMMEDIATE``) and waits up to 4 s for it: less than
    an attempt of the activity may take, so that a busy database is an error and not a silence.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=10,
            connect_args=_GONE,
            execution_options=_OPTIONS,
        )
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(parsed, connect_args={"timeout": 4}, execution_options=_OPTIONS)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def copied(file: Path) -> Engine:
    """An engine that reads a copy of a SQLite database, and leaves nothing beside it."""
    uri = f"{file.absolute().as_uri()}?mode=ro"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=NullPool)


def known_revisions() -> frozenset[str]:
    """The revisions of the schema that this program knows."""
    return frozenset(one.revision for one in _scripts().walk_revisions())


def head() -> str:
    """The revision of the schema that this program works with."""
    return str(_scripts().get_current_head())


def _scripts() -> "ScriptDirectory":
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to ``revision``; does nothing where it is there already."""
    from alembic import command

    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4711)")
        command.upgrade(_alembic(connection), revision)


def unmigrate(engine: Engine, revision: str) -> None:
    """Take the schema back to ``revision`` (``base`` removes everything)."""
    from alembic import command

    with engine.begin() as connection:
        command.downgrade(_alembic(connection), revision)


def revision(connection: Connection) -> str | None:
    """The revision of the schema that is there; None: there is none."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def _alembic(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver's own is deferred
    # recursive triggers: without them INSERT OR REPLACE would get past the append-only tables
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("readonly", False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")
