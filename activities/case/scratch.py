"""A database for once, in a file of its own, that keeps which entry wrote each of its rows last."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, select, text

from models.tables import metadata
from models.tables.record import counter


@contextmanager
def scratch(like: Connection, tables: Iterable[Table]) -> Iterator[Connection]:
    """A connection to an empty database with these tables and the projections of ``like``."""
    with TemporaryDirectory(prefix="accord-proof-") as folder:
        options = {"projections": like.get_execution_options()["projections"]}
        engine = create_engine(f"sqlite:///{Path(folder) / 'scratch.db'}", execution_options=options)
        event.listen(engine, "connect", _for_once)
        event.listen(engine, "begin", lambda opened: opened.exec_driver_sql("BEGIN"))
        try:
            _furnish(engine, tables)
            with engine.connect() as copy:
                yield copy
        finally:
            engine.dispose()


def _for_once(raw: Any, _: object) -> None:
    raw.isolation_level = None  # we say BEGIN ourselves, so that a savepoint is one
    for pragma in ("journal_mode=DELETE", "synchronous=OFF", "foreign_keys=OFF"):
        raw.execute(f"PRAGMA {pragma}")


def _furnish(engine: Engine, tables: Iterable[Table]) -> None:
    with engine.begin() as connection:
        metadata.create_all(connection)
        run = connection.exec_driver_sql
        run('CREATE INDEX ix_case_workflow ON "case" (workflow_id)')
        run("CREATE TABLE written (of TEXT, line INTEGER, seq INTEGER, PRIMARY KEY (of, line)) WITHOUT ROWID")
        run("CREATE TABLE writing (seq INTEGER)")
        run("INSERT INTO writing VALUES (0)")
        for table in tables:
            for how in ("INSERT", "UPDATE"):
                run(_NOTED.format(table=table.name, how=how))
        connection.execute(insert(counter).values(name="record", value=0))


_NOTED = (
    'CREATE TRIGGER "{table} {how}" AFTER {how} ON "{table}" BEGIN'
    " INSERT OR REPLACE INTO written VALUES ('{table}', NEW.rowid, (SELECT seq FROM writing)); END"
)


def writes(copy: Connection, seq: int) -> None:
    """What is written from now on, the entry with this number writes."""
    copy.execute(_WRITES, {"seq": seq})


def writer(copy: Connection, table: Table, row: dict[str, Any]) -> int | None:
    """The number of the entry that wrote a row last."""
    which = [column == row[column.name] for column in table.primary_key]
    line = copy.scalar(select(text("rowid")).select_from(table).where(*which))
    found: int | None = copy.scalar(_WRITER, {"of": table.name, "line": line})
    return found


_WRITES = text("UPDATE writing SET seq = :seq")
_WRITER = text("SELECT seq FROM written WHERE of = :of AND line = :line")
