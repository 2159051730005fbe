"""The register of nominees: the one place with their names. Everything else knows them by an id."""

import secrets
import unicodedata
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Connection, bindparam, insert, select, update

from models.tables.training import nominee
from models.training.official import Official


class NomineeRow(TypedDict):
    """An official in the register."""

    id: str
    country: str
    identity: str
    name: str
    latin: str
    language: str
    position: str
    employer: str
    registered_by: str
    registered_at: datetime


def known(connection: Connection, official: Official) -> str | None:
    """The id of an official by country and identity number; None: nobody has nominated them yet."""
    return connection.scalar(_KNOWN, {"of": official.country, "number": plain(official.identity)})


def register(connection: Connection, official: Official, actor: str, at: datetime) -> str:
    """Put an official in the register, or what is new of them; their id."""
    row = official.model_dump(exclude={"identity"})
    if found := known(connection, official):
        connection.execute(update(nominee).where(nominee.c.id == found).values(row))
        return found
    new = f"{official.country.lower()}-{secrets.token_hex(5)}"
    row |= {"id": new, "identity": plain(official.identity), "registered_by": actor, "registered_at": at}
    connection.execute(insert(nominee).values(row))
    return new


def find(connection: Connection, nominee_id: str) -> NomineeRow | None:
    """The official with this id, or None."""
    row = connection.execute(_ONE, {"of": nominee_id}).mappings().first()
    return NomineeRow(**row) if row else None  # type: ignore[typeddict-item]


def plain(identity: str) -> str:
    """An identity number as it is compared: however it is written, it is the same one."""
    text = unicodedata.normalize("NFKC", identity).upper()
    return "".join(char for char in text if char.isalnum())


_KNOWN = select(nominee.c.id).where(
    nominee.c.country == bindparam("of"), nominee.c.identity == bindparam("number")
)
_ONE = select(nominee).where(nominee.c.id == bindparam("of"))
