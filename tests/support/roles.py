"""A database of PostgreSQL whose tables belong to another role than the one that works with them."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from adapters.database import connect, migrate
from adapters.roles import grant
from testing.postgres import fresh_database


class Parted(NamedTuple):
    """Its address, for each of three roles."""

    owner: str
    works: str
    reads: str

    @property
    def role(self) -> str:
        """The name of the one that works."""
        return str(make_url(self.works).username)

    @property
    def reader(self) -> str:
        """The name of the one that reads."""
        return str(make_url(self.reads).username)


@contextmanager
def parted(server: str) -> Iterator[Parted]:
    """A migrated one, with what `accord setup` grants; both roles are gone afterwards."""
    with unprepared(server) as there:
        database = connect(there.owner)
        migrate(database)
        grant(database, there.role, there.reader)
        database.dispose()
        yield there


@contextmanager
def unprepared(server: str) -> Iterator[Parted]:
    """An empty one, as compose/databases.sql leaves it."""
    with fresh_database(server) as owner:
        known = secrets.token_hex(4)
        there = Parted(owner, *(_as(owner, f"{name}_{known}") for name in ("works", "reads")))
        database = connect(owner)
        try:
            _made(database, there)
            yield there
        finally:
            _dropped(database, there)
            database.dispose()


def _as(url: str, role: str) -> str:
    return make_url(url).set(username=role, password=role).render_as_string(hide_password=False)


def _made(database: Engine, there: Parted) -> None:
    with database.begin() as connection:
        for role in (there.role, there.reader):
            connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'"))


def _dropped(database: Engine, there: Parted) -> None:
    with database.begin() as connection:
        for role in (there.role, there.reader):
            connection.execute(text(f"DROP OWNED BY {role}"))
            connection.execute(text(f"DROP ROLE {role}"))
