"""Which record this is, and how far it has come."""

from typing import NamedTuple

from sqlalchemy import Connection, select, text

from models.base import digest
from models.tables.record import counter, record


class Position(NamedTuple):
    """A record at one moment."""

    installation: str
    """What tells the record of one installation from that of any other; a restored one has the same."""
    last: int
    """The number of its newest entry."""
    revision: str
    """Of the schema."""


def position(connection: Connection) -> Position:
    """Where this database stands; one without an entry is of no installation yet."""
    first = connection.execute(select(record.c.payload, record.c.key).where(record.c.seq == 1)).first()
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return Position(digest([*first] if first else []), newest(connection), str(revision))


def newest(connection: Connection) -> int:
    """The number of the newest entry."""
    return connection.scalar(select(counter.c.value).where(counter.c.name == "record")) or 0
