"""The inbox: the open gates, and whose turn it is, by the roles that people hold when they look."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, literal, or_, select, tuple_

from activities.case.gate import GateRow
from activities.paging import UnknownPlace
from activities.people import delegation
from activities.people import person as directory
from activities.people.person import held_on
from models.case.gate import GateKind
from models.tables.people import holding
from models.tables.people import person as people
from models.tables.record import IS_OPEN, gate, seat


class InboxRow(GateRow):
    """An open gate, and whom its reader would act for (None: themselves)."""

    on_behalf_of: str | None


def waiting(
    connection: Connection, person: str | None = None, limit: int | None = None, after: str | None = None
) -> list[InboxRow]:
    """The open gates, soonest due first, from behind the gate ``after``; for ``person`` only those where they
    may act.

    ``on_behalf_of`` names whom they would act for, where it is a delegation that lets them. Days are those of
    UTC; whether a vote counts is judged when it arrives, by the day in the zone of the programme.
    """
    behind = _behind(connection, after).limit(limit)
    if person is None:
        return _rows(connection, behind)
    if directory.has_ended(connection, person):
        return []
    now = datetime.now(UTC)
    found = {row["id"]: row for row in _rows(connection, behind.where(_is_mine(connection, person, now)))}
    for giver, roles in _lent_to(connection, person, now).items():
        theirs = behind.where(gate.c.kind == GateKind.APPROVAL, _turn(seat.c.role.in_(roles), now))
        found = {row["id"]: row for row in _rows(connection, theirs, giver)} | found
    return list(islice(sorted(found.values(), key=lambda row: (row["due_at"], row["id"])), limit))


def at_case(connection: Connection, number: str) -> list[InboxRow]:
    """The open gates of one case, soonest due first."""
    return _rows(connection, select(gate).where(gate.c.case == number, IS_OPEN).order_by(*_DUE))


_DUE = (gate.c.due_at, gate.c.id)


def _behind(connection: Connection, after: str | None) -> Select[Any]:
    wanted = select(gate).where(IS_OPEN).order_by(*_DUE)
    if after is None:
        return wanted
    due = connection.scalar(select(gate.c.due_at).where(gate.c.id == after))
    if due is None:
        raise UnknownPlace(after)
    return wanted.where(tuple_(*_DUE) > tuple_(due, after))


def _is_mine(connection: Connection, person: str, now: datetime) -> ColumnElement[bool]:
    by_role = and_(seat.c.role.in_(_held(connection, person, now)), _is_of(connection, person))
    return _turn(or_(seat.c.person == person, by_role), now)


def _is_of(connection: Connection, who: str) -> ColumnElement[bool]:
    """Whether a gate asks members of their organisation; whom its deadline calls in may be of any."""
    theirs = connection.scalar(select(people.c.organisation).where(people.c.id == who))
    asked = gate.c.organisations.contains(f'"{theirs}"', autoescape=True)
    return or_(gate.c.organisations.is_(None), asked, seat.c.since >= gate.c.due_at)


def _lent_to(connection: Connection, person: str, now: datetime) -> dict[str, list[str]]:
    """The roles that others hold and let this person act in, by who lets them."""
    lent: dict[str, set[str]] = {}
    for given in delegation.taken(connection, person, now.date()):
        lent.setdefault(given.giver, set()).update(given.roles)
    return {giver: sorted(roles & set(_held(connection, giver, now))) for giver, roles in lent.items()}


def _turn(whose: ColumnElement[bool], now: datetime) -> ColumnElement[bool]:
    """Asked of each open gate, and not the other way round: seats of closed gates are many."""
    return exists().where(and_(seat.c.gate == gate.c.id, seat.c.since <= now, whose))


def _held(connection: Connection, person: str, now: datetime) -> list[str]:
    held = select(holding.c.role).where(holding.c.person == person, held_on(literal(now.date())))
    return list(connection.scalars(held.distinct()))


def _rows(connection: Connection, wanted: Select[Any], giver: str | None = None) -> list[InboxRow]:
    rows: Iterable[Any] = connection.execute(wanted).mappings()
    return [InboxRow(**row, on_behalf_of=giver) for row in rows]  # type: ignore[typeddict-item]
