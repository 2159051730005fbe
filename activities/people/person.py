"""The directory, as the database has it."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    delete,
    insert,
    null,
    or_,
    select,
    union_all,
    update,
)

from models.people.person import Exclusion, Holding, Organisation, Person, Post
from models.tables.people import delegation, exclusion, holding, organisation, person, post


def register(connection: Connection, people: Iterable[Person], bodies: Iterable[Organisation] = ()) -> None:
    """Put organisations and people in the directory; the known get new details and exactly these roles."""
    _upsert(connection, organisation, [body.model_dump() for body in bodies])
    listed = list(people)
    columns = {"id", "name", "organisation", "email", "subject"}
    _upsert(connection, person, [somebody.model_dump(include=columns) for somebody in listed])
    for somebody in listed:
        hold(connection, somebody.id, somebody.roles, datetime.now(UTC))
        serve(connection, somebody.id, somebody.former)


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    known = set(connection.scalars(select(table.c.id)))
    for row in rows:
        if row["id"] in known:
            connection.execute(update(table).where(table.c.id == row["id"]).values(row))
        else:
            connection.execute(insert(table), row)
            known.add(row["id"])


def hold(connection: Connection, owner: str, roles: tuple[Holding, ...], at: datetime) -> None:
    """From ``at`` on somebody holds exactly these roles; what they held before stays, as ended."""
    rows = connection.execute(select(holding).where(holding.c.person == owner)).all()
    there = {row.number: Holding(role=row.role, since=row.since, until=row.until) for row in rows}
    open_ = {number: there[number] for number in (row.number for row in rows if row.ended_at is None)}
    for number in (number for number, term in open_.items() if term not in roles):
        gone = update(holding).where(holding.c.person == owner, holding.c.number == number)
        connection.execute(gone.values(ended_at=at))
    new = (term for term in dict.fromkeys(roles) if term not in open_.values())
    first = max(there, default=-1) + 1
    more = [{"person": owner, "number": n} | term.model_dump() for n, term in enumerate(new, first)]
    if more:
        connection.execute(insert(holding), more)


def serve(connection: Connection, owner: str, former: tuple[Post, ...]) -> None:
    """Somebody worked for exactly these before."""
    connection.execute(delete(post).where(post.c.person == owner))
    rows = [
        {"person": owner, "number": n} | term.model_dump() for n, term in enumerate(dict.fromkeys(former))
    ]
    if rows:
        connection.execute(insert(post), rows)


def in_force(term: Any, day: ColumnElement[date]) -> ColumnElement[bool]:
    """Whether a row with ``since`` and ``until`` covers ``day``."""
    return or_(term.c.since.is_(None), term.c.since <= day) & or_(term.c.until.is_(None), term.c.until >= day)


def held_on(day: ColumnElement[date]) -> ColumnElement[bool]:
    """Whether a role is held on ``day``, and has not been taken away."""
    return in_force(holding, day) & holding.c.ended_at.is_(None)


def addressees(
    connection: Connection,
    roles: Iterable[str],
    persons: Iterable[str],
    day: date,
    organisations: Iterable[str] = (),
) -> tuple[str, ...]:
    """Who holds one of ``roles`` on ``day``, who acts for them in it, and who is named; each once. Where
    ``organisations`` are given, only their members are asked by their roles.
    """
    found: dict[str, None] = {}
    theirs = frozenset(organisations)
    if of := list(dict.fromkeys(roles)):
        for row in connection.execute(_HOLDERS, {"of": of, "day": day}):
            if theirs and row.organisation not in theirs:
                continue
            if row.lent is None or row.role in json.loads(row.lent):
                found[row.somebody] = None
    if named := list(persons):
        found |= dict.fromkeys(connection.scalars(_NAMED, {"persons": named}))
    return tuple(found)


_OF = holding.c.role.in_(bindparam("of", expanding=True)) & held_on(bindparam("day"))
_HOLDERS = union_all(
    select(holding.c.person.label("somebody"), holding.c.role, null().label("lent"), person.c.organisation)
    .join(person, person.c.id == holding.c.person)
    .where(_OF),
    select(delegation.c.taker, holding.c.role, delegation.c.roles, person.c.organisation)
    .join(delegation, delegation.c.giver == holding.c.person)
    .join(person, person.c.id == holding.c.person)
    .where(_OF, delegation.c.revoked_at.is_(None), in_force(delegation, bindparam("day"))),
)
_NAMED = select(person.c.id).where(
    person.c.id.in_(bindparam("persons", expanding=True)), person.c.ended_at.is_(None)
)


def exclude(connection: Connection, pairs: Iterable[Exclusion]) -> None:
    """From now on these roles exclude each other, and no others."""
    connection.execute(delete(exclusion))
    if rows := [pair.model_dump() for pair in dict.fromkeys(pairs)]:
        connection.execute(insert(exclusion), rows)


def exclusions(connection: Connection) -> tuple[Exclusion, ...]:
    """The roles that exclude each other."""
    return tuple(Exclusion(**row) for row in connection.execute(select(exclusion)).mappings())


def find(connection: Connection, person_id: str) -> Person | None:
    """The person with this id who is in the directory now, or None: whoever has ended is there no more."""
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


def has_ended(connection: Connection, person_id: str) -> bool:
    """Whether somebody was in the directory, and is no more."""
    return connection.scalar(_ENDED, {"id": person_id}) is not None


def subject_of(connection: Connection, person_id: str) -> str:
    """Who is behind an account, also of who has ended; the account itself where that is all there is."""
    return connection.scalar(_SUBJECT, {"id": person_id}) or person_id


_SUBJECT = select(person.c.subject).where(person.c.id == bindparam("id"))
_ENDED = select(person.c.ended_at).where(person.c.id == bindparam("id"), person.c.ended_at.is_not(None))
_DETAILS = [person.c[name] for name in ("id", "name", "organisation", "email", "subject")]
_PERSON = select(*_DETAILS).where(person.c.id == bindparam("id"), person.c.ended_at.is_(None))
_HELD = (
    select(holding)
    .where(holding.c.person == bindparam("id"), holding.c.ended_at.is_(None))
    .order_by(holding.c.number)
)
_FORMER = select(post).where(post.c.person == bindparam("id")).order_by(post.c.number)


def find_organisation(connection: Connection, organisation_id: str) -> Organisation | None:
    """The organisation with this id that is in the directory now, or None."""
    row = connection.execute(_ORGANISATION, {"id": organisation_id}).mappings().first()
    return Organisation(**row) if row else None


def organisations(connection: Connection) -> tuple[Organisation, ...]:
    """Every organisation that is in the directory now."""
    wanted = select(*_BODY).where(organisation.c.ended_at.is_(None)).order_by(organisation.c.id)
    return tuple(Organisation(**row) for row in connection.execute(wanted).mappings())


_BODY = [organisation.c[name] for name in Organisation.model_fields]
_ORGANISATION = select(*_BODY).where(organisation.c.id == bindparam("id"), organisation.c.ended_at.is_(None))
