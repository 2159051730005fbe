"""The registry: every version of every programme, by its digest. A case is pinned to one of them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol, cast

from sqlalchemy import Connection, Select, insert, select

from activities.case.projection import Projection, Writing
from models.case.effects import Enacts
from models.case.record import Batch, Entry, Source
from models.case.rules import Rules
from models.files import InvalidFile
from models.tables.case import programme


def rules(connection: Connection, digest: str) -> Rules | None:
    """What the instruments need of a programme; None: it is not registered."""
    found = content(connection, digest)
    return Rules.model_validate(found) if found else None


def content(connection: Connection, digest: str) -> dict[str, Any] | None:
    """What a programme says, as its file has it; None: it is not registered."""
    found = connection.scalar(select(programme.c.content).where(programme.c.hash == digest))
    return json.loads(found) if found else None


CASE = "programmes"
"""What the record has for a case where a programme is registered. No case can have this number."""


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
    """Keep this version of a programme for ever, under its digest, on record.

    InvalidFile: another content is kept under this id and version.
    """
    if by_hash(connection, terms.digest()):
        return
    if other := versions(connection, terms.id, terms.version):
        newest = versions(connection, terms.id)[0].version
        raise InvalidFile(
            f"{terms.id}: version {terms.version} is set up with another content ({other[0].hash[:12]});"
            f" raise the version to {newest + 1}: cases that run keep theirs"
        )
    effect = Enacts(programme=terms.id, version=terms.version, sha256=terms.digest(), terms=terms.content())
    from activities.case import record  # brings the engine's library: not for what only reads

    entry = Entry(
        key=f"{CASE}:{terms.id}:{terms.version}",
        stage=CASE,
        action="programme registered",
        at=at,
        content_hash=terms.digest(),
        facts={"programme": terms.id, "version": terms.version},
        effects=(effect,),
    )
    source = Source(case=CASE, workflow_id=CASE, run_id="", rules=terms.digest())
    record.write(connection, Batch(source=source, entries=(entry,)))


def _enact(writing: Writing, effect: Enacts, _: object) -> None:
    row = {"hash": effect.sha256, "id": effect.programme, "version": effect.version}
    row |= {"content": json.dumps(effect.terms), "registered_at": writing.entry.at}
    writing.connection.execute(insert(programme).values(row))


PROJECTIONS = (Projection(Enacts, apply=_enact),)


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
