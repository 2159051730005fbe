"""The directory, as the database has it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, or_, select, update

from models.person import Holding, Organisation, Person, Post, Roster
from models.tables.person import holding, organisation, person, post


def register(connection: Connection, people: Iterable[Person], bodies: Iterable[Organisation] = ()) -> None:
    """Put organisations and people in the directory; the known get new details and exactly these roles."""
    _upsert(connection, organisation, [body.model_dump() for body in bodies])
    listed = list(people)
    columns = {"id", "name", "organisation", "email", "subject"}
    _upsert(connection, person, [somebody.model_dump(include=columns) for somebody in listed])
    for somebody in listed:
        _replace(connection, holding, somebody.id, somebody.roles)
        _replace(connection, post, somebody.id, somebody.former)


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    known = set(connection.scalars(select(table.c.id)))
    for row in rows:
        if row["id"] in known:
            connection.execute(update(table).where(table.c.id == row["id"]).values(row))
        else:
            connection.execute(insert(table), row)
            known.add(row["id"])


def _replace(connection: Connection, table: Table, owner: str, terms: tuple[Holding | Post, ...]) -> None:
    connection.execute(delete(table).where(table.c.person == owner))
    rows = [{"person": owner, "number": n} | term.model_dump() for n, term in enumerate(dict.fromkeys(terms))]
    if rows:
        connection.execute(insert(table), rows)


def roster(connection: Connection, roles: Iterable[str], day: date, persons: Iterable[str] = ()) -> Roster:
    """Who holds one of ``roles`` on ``day``, with those they hold, and who is named in ``persons``."""
    held: dict[str, list[str]] = {}
    if wanted := list(dict.fromkeys(roles)):
        for row in connection.execute(_HOLDERS, {"roles": wanted, "day": day}):
            held.setdefault(row.person, []).append(row.role)
    if named := list(persons):
        for somebody in connection.scalars(_NAMED, {"persons": named}):
            held.setdefault(somebody, [])
    return {name: tuple(roles) for name, roles in held.items()}


_HOLDERS = (
    select(holding.c.person, holding.c.role)
    .distinct()
    .where(
        holding.c.role.in_(bindparam("roles", expanding=True)),
        or_(holding.c.since.is_(None), holding.c.since <= bindparam("day")),
        or_(holding.c.until.is_(None), holding.c.until >= bindparam("day")),
    )
    .order_by(holding.c.person, holding.c.role)
)
_NAMED = select(person.c.id).where(person.c.id.in_(bindparam("persons", expanding=True)))


def find(connection: Connection, person_id: str) -> Person | None:
    """The person with this id, or None."""
    row = connection.execute(_PERSON, {"id": person_id}).mappings().first()
    if row is None:
        return None
    terms = {
        name: tuple(
            kind(**{column: part[column] for column in kind.model_fields})
            for part in connection.execute(query, {"id": person_id}).mappings()
        )
        for name, kind, query in (("roles", Holding, _HELD), ("former", Post, _FORMER))
    }
    return Person(**row, **terms)


_PERSON = select(person).where(person.c.id == bindparam("id"))
_HELD = select(holding).where(holding.c.person == bindparam("id")).order_by(holding.c.number)
_FORMER = select(post).where(post.c.person == bindparam("id")).order_by(post.c.number)


def find_organisation(connection: Connection, organisation_id: str) -> Organisation | None:
    """The organisation with this id, or None."""
    row = connection.execute(_ORGANISATION, {"id": organisation_id}).mappings().first()
    return Organisation(**row) if row else None


_ORGANISATION = select(organisation).where(organisation.c.id == bindparam("id"))
