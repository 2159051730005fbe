"""The directory, as the database has it."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from models.person import Person, Roster
from models.tables.person import person, person_role


def register(connection: Connection, people: Iterable[Person]) -> None:
    """Put people in the directory; somebody known gets the new details and exactly these roles."""
    known = set(connection.scalars(select(person.c.id)))
    for somebody in people:
        row = somebody.model_dump(include={"name", "organisation", "email"})
        if somebody.id in known:
            connection.execute(update(person).where(person.c.id == somebody.id).values(row))
            connection.execute(delete(person_role).where(person_role.c.person == somebody.id))
        else:
            connection.execute(insert(person).values(row | {"id": somebody.id}))
        for role in dict.fromkeys(somebody.roles):
            connection.execute(insert(person_role).values(person=somebody.id, role=role))


def roster(connection: Connection, roles: Iterable[str], persons: Iterable[str] = ()) -> Roster:
    """Everybody who holds one of ``roles`` or is named in ``persons``, with those of the roles they hold."""
    held: dict[str, list[str]] = {}
    if wanted := list(dict.fromkeys(roles)):
        for row in connection.execute(_HOLDERS, {"roles": wanted}):
            held.setdefault(row.person, []).append(row.role)
    if named := list(persons):
        for somebody in connection.scalars(_NAMED, {"persons": named}):
            held.setdefault(somebody, [])
    return {name: tuple(roles) for name, roles in held.items()}


_HOLDERS = (
    select(person_role.c.person, person_role.c.role)
    .where(person_role.c.role.in_(bindparam("roles", expanding=True)))
    .order_by(person_role.c.person, person_role.c.role)
)
_NAMED = select(person.c.id).where(person.c.id.in_(bindparam("persons", expanding=True)))


def find(connection: Connection, person_id: str) -> Person | None:
    """The person with this id, or None."""
    row = connection.execute(select(person).where(person.c.id == person_id)).mappings().first()
    if row is None:
        return None
    roles = connection.scalars(select(person_role.c.role).where(person_role.c.person == person_id))
    return Person(**row, roles=tuple(sorted(roles)))
