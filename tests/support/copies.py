"""PostgreSQL databases for tests: empty, migrated, one after the other.

To copy a database takes a quarter of a second, to empty one a tenth of that. One whose schema a test has
changed is dropped, and the next test gets a new copy.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

_SCHEMA = """
WITH ours AS (SELECT oid, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace)
SELECT count(*), sum(hashtext(thing)) FROM (
    SELECT format('%s %s', oid, relname) FROM ours
    UNION ALL SELECT format('column %s %s %s', attrelid, attnum, xmin) FROM pg_attribute
        WHERE attrelid IN (SELECT oid FROM ours)
    UNION ALL SELECT format('trigger %s %s', oid, xmin) FROM pg_trigger
    UNION ALL SELECT format('constraint %s %s', oid, xmin) FROM pg_constraint
    UNION ALL SELECT format('function %s %s', oid, xmin) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT format('statistics %s %s', starelid, xmin) FROM pg_statistic
        WHERE starelid IN (SELECT oid FROM ours)
    UNION ALL SELECT format('schema %s %s', oid, xmin) FROM pg_namespace
    UNION ALL SELECT format('extension %s %s', oid, xmin) FROM pg_extension
) things(thing)
"""
"""All that tests could change but rows. Whatever is altered has another `xmin` afterwards."""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_RESTART = "SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences"
_OTHERS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND backend_type = 'client backend'
"""
"""Connections that a test has not closed."""


class _Fresh(NamedTuple):
    """What a database is like before a test has it."""

    schema: Any
    tables: list[str]
    rows: dict[str, list[tuple[Any, ...]]]
    """What the migrations put into tables."""


class Copies:
    """Copies of the database ``template`` of a server, under one name."""

    def __init__(self, server: str, template: str, name: str) -> None:
        self._server = make_url(server).set(drivername="postgresql")
        self._template, self._name = template, name
        self._fresh: _Fresh | None = None

    @contextmanager
    def one(self) -> Iterator[URL]:
        """An empty one; whoever has it closes every connection before the end."""
        if self._fresh is None:
            self.drop()
            self._execute(f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
            self._fresh = self._look()
        yield self._server.set(database=self._name)
        if not self._emptied(self._fresh):
            self.drop()

    def drop(self) -> None:
        """Have none any more."""
        self._execute(f"DROP DATABASE IF EXISTS {self._name}")
        self._fresh = None

    def _execute(self, statement: str) -> None:
        with self._connected(self._server) as connection:
            connection.execute(statement.encode())

    def _look(self) -> _Fresh:
        with self._connected(self._server.set(database=self._name)) as connection:
            tables = [name for (name,) in connection.execute(_TABLES)]
            rows = {name: connection.execute(_of("SELECT * FROM {}", name)).fetchall() for name in tables}
            schema = connection.execute(_SCHEMA).fetchone()
        return _Fresh(schema, tables, {name: found for name, found in rows.items() if found})

    def _emptied(self, fresh: _Fresh) -> bool:
        """Whether it is as it was. It is not where its schema is another, or we may not empty it."""
        with self._connected(self._server.set(database=self._name)) as connection:
            if connection.execute(_OTHERS).fetchone() != (0,):
                return False
            if connection.execute(_SCHEMA).fetchone() != fresh.schema:
                return False
            try:
                with connection.transaction():
                    _empty(connection, fresh)
            except psycopg.errors.InsufficientPrivilege:
                return False
        return True

    @staticmethod
    def _connected(url: URL) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _of(statement: str, *tables: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.SQL(", ").join(map(sql.Identifier, tables)))


def _empty(connection: "psycopg.Connection[tuple[Any, ...]]", fresh: _Fresh) -> None:
    connection.execute("SET LOCAL session_replication_role = replica")  # the record lets nothing be taken out
    for table in fresh.tables:
        connection.execute(_of("DELETE FROM {}", table))
    connection.execute(_RESTART)
    for table, rows in fresh.rows.items():
        marks = ", ".join(["%s"] * len(rows[0]))
        for row in rows:
            connection.execute(_of(f"INSERT INTO {{}} VALUES ({marks})", table), row)
