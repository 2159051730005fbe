"""The registry: every version of every programme, by its digest. A case is pinned to one of them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol, cast

from sqlalchemy import Connection, Select, insert, select

from models.case.rules import Rules
from models.tables.case import programme


def rules(connection: Connection, digest: str) -> Rules | None:
    """What the instruments need of a programme; None: it is not registered."""
    found = content(connection, digest)
    return Rules.model_validate(found) if found else None


def content(connection: Connection, digest: str) -> dict[str, Any] | None:
    """What a programme says, as its file has it; None: it is not registered."""
    found = connection.scalar(select(programme.c.content).where(programme.c.hash == digest))
    return json.loads(found) if found else None


class Kept(NamedTuple):
    """One version of a programme; ``content`` is its JSON."""

    hash: str
    id: str
    version: int
    content: str

    @property
    def kind(self) -> str | None:
        """The kind of programme that it says it is; None: it says nothing of that."""
        return cast("str | None", json.loads(self.content).get("kind"))

    @property
    def rules(self) -> Rules:
        """What the instruments need of it."""
        return Rules.model_validate_json(self.content)


class Terms(Protocol):
    """A programme of any kind."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    def content(self) -> dict[str, Any]: ...
    def digest(self) -> str: ...


def register(connection: Connection, terms: Terms, at: datetime) -> None:
    """Keep this version of a programme for ever, under its digest."""
    if not by_hash(connection, terms.digest()):
        row = {"hash": terms.digest(), "id": terms.id, "version": terms.version}
        row |= {"content": json.dumps(terms.content()), "registered_at": at}
        connection.execute(insert(programme).values(row))


_KEPT = select(programme.c.hash, programme.c.id, programme.c.version, programme.c.content)


def versions(connection: Connection, programme_id: str, version: int | None = None) -> list[Kept]:
    """What is kept of a programme, or of one version of it; the newest first."""
    wanted = _KEPT.where(programme.c.id == programme_id)
    if version is not None:
        wanted = wanted.where(programme.c.version == version)
    return _read(connection, wanted.order_by(programme.c.version.desc(), programme.c.registered_at.desc()))


def by_hash(connection: Connection, beginning: str) -> list[Kept]:
    """The versions whose digest begins like this."""
    return _read(connection, _KEPT.where(programme.c.hash.startswith(beginning, autoescape=True)))


def all_kept(connection: Connection) -> Mapping[str, Kept]:
    """Every version of every programme, by its digest."""
    return {kept.hash: kept for kept in _read(connection, _KEPT)}


def _read(connection: Connection, wanted: Select[Any]) -> list[Kept]:
    return [Kept(*row) for row in connection.execute(wanted)]
