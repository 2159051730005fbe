"""The directory as it is in force, read at once; what waits for a second person; which roles move money."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import Connection, Row, literal, or_, select

from activities.case import registry, request
from activities.case.audit import facts
from activities.money import level
from activities.people import person as one_person
from models.people.change import Change, InForce
from models.people.delegation import DIRECTORY
from models.people.guard import money_roles
from models.people.person import Holding, Organisation, Person, Post
from models.tables.people import holding, organisation, person, post
from models.tables.record import IS_OPEN, gate, seat


def in_force(connection: Connection) -> InForce:
    """Everybody who is in the directory, and who has ended."""
    bodies, ended_bodies = _split(connection.execute(select(organisation).order_by(organisation.c.id)))
    people, ended_people = _split(connection.execute(select(person).order_by(person.c.id)))
    held = connection.execute(select(holding).where(holding.c.ended_at.is_(None)).order_by(holding.c.number))
    roles = _by_person(held, Holding)
    former = _by_person(connection.execute(select(post).order_by(post.c.number)), Post)

    def made(row: dict[str, Any]) -> Person:
        return Person(**row, roles=roles.get(row["id"], ()), former=former.get(row["id"], ()))

    return InForce(
        organisations={row["id"]: Organisation(**row) for row in bodies},
        people={row["id"]: made(row) for row in people},
        exclusive=one_person.exclusions(connection),
        ended_organisations={row["id"]: Organisation(**row) for row in ended_bodies},
        ended_people={row["id"]: made(row) for row in ended_people},
    )


def _split(rows: Iterable[Row[Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows in force, and those that have ended, without the instants of that."""
    there: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for row in rows:
        fields = dict(row._mapping)
        ended = fields.pop("ended_at")
        fields.pop("account_at", None)
        (gone if ended else there).append(fields)
    return there, gone


def _by_person(rows: Iterable[Row[Any]], kind: Any) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.person, []).append(
            kind(**{name: getattr(row, name) for name in kind.model_fields})
        )
    return {who: tuple(terms) for who, terms in found.items()}


def roles_of_money(connection: Connection) -> frozenset[str]:
    """The roles that move money: the managers of every fund, the panels of every version that is kept."""
    programmes = (json.loads(kept.content) for kept in registry.all_kept(connection).values())
    return money_roles(programmes, level.all_managers(connection))


class Waiting(NamedTuple):
    """A change that waits for a second person; ``asked_by`` None: only the file asks for it so far."""

    record: int
    change: Change
    asked_by: str | None
    at: datetime


def waiting(connection: Connection, now: datetime) -> list[Waiting]:
    """The changes of the directory that wait for a second person, the oldest first."""
    return [
        Waiting(one.record, Change.model_validate(one.facts["change"]), one.asked_by, one.at)
        for one in request.pending(connection, DIRECTORY, now)
        if "change" in one.facts
    ]


def asked_for(connection: Connection, number: int) -> Change | None:
    """The change that the entry with this number is about, whether it waits or not; None: there is none."""
    change = facts(connection, number).get("change")
    return Change.model_validate(change) if change else None


def open_gates(connection: Connection, roles: Iterable[str], named: str | None) -> list[str]:
    """The open gates at which these roles, or this person by name, may act."""
    theirs = (
        or_(seat.c.role.in_(list(roles)), seat.c.person == named) if named else seat.c.role.in_(list(roles))
    )
    wanted = select(gate.c.id).join(seat, seat.c.gate == gate.c.id).where(IS_OPEN, theirs)
    return list(connection.scalars(wanted.distinct().order_by(gate.c.id).limit(MOST_GATES)))


MOST_GATES = 50
"""So many open gates are named in one letter."""


class PersonRow(TypedDict):
    """Somebody as they are listed; ``roles`` are those of the day."""

    id: str
    name: str
    organisation: str
    email: str
    subject: str | None
    roles: list[str]
    state: str
    ended_at: datetime | None


def listing(
    connection: Connection, now: datetime, limit: int | None = None, after: str | None = None
) -> list[PersonRow]:
    """Everybody who is or was in the directory, by id, from behind ``after``."""
    wanted = select(person).order_by(person.c.id).limit(limit)
    rows = list(connection.execute(wanted.where(person.c.id > after) if after else wanted).mappings())
    ids = [row["id"] for row in rows]
    held = select(holding.c.person, holding.c.role).where(
        holding.c.person.in_(ids), one_person.held_on(literal(now.date()))
    )
    roles: dict[str, set[str]] = {}
    for row in connection.execute(held):
        roles.setdefault(row.person, set()).add(row.role)
    return [
        PersonRow(
            **row,  # type: ignore[typeddict-item]
            roles=sorted(roles.get(row["id"], ())),
            state="ended" if row["ended_at"] else "in force",
        )
        for row in rows
    ]
