"""Delegations, as the database has them."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import Connection, and_, insert, or_, select, update

from activities.case import request
from models.people.delegation import DIRECTORY, Delegation, Giving
from models.tables.people import delegation

_COLUMNS = ("id", "giver", "taker", "ceiling", "since", "until", "instrument", "attested", "acting")


class Given(NamedTuple):
    """A delegation, the number of the entry by which it was given, and when it was revoked."""

    delegation: Delegation
    seq: int
    revoked_at: datetime | None


def give(connection: Connection, given: Delegation, seq: int) -> None:
    """Put a delegation in force; ``seq`` is its entry on record."""
    row = given.model_dump(include=set(_COLUMNS)) | {"roles": json.dumps(given.roles), "record": seq}
    connection.execute(insert(delegation), row)


def revoke(connection: Connection, number: str, at: datetime) -> None:
    """From now on it counts no more."""
    connection.execute(update(delegation).where(delegation.c.id == number).values(revoked_at=at))


def find(connection: Connection, number: str) -> Given | None:
    """The delegation with this id, revoked or not, or None."""
    row = connection.execute(select(delegation).where(delegation.c.id == number)).mappings().first()
    return _given(row) if row else None


def between(connection: Connection, some: Iterable[str], others: Iterable[str]) -> tuple[Given, ...]:
    """The unrevoked delegations between two sets of accounts, in either direction."""
    one, other = list(some), list(others)
    there = and_(delegation.c.giver.in_(one), delegation.c.taker.in_(other))
    back = and_(delegation.c.giver.in_(other), delegation.c.taker.in_(one))
    wanted = select(delegation).where(delegation.c.revoked_at.is_(None), or_(there, back))
    return tuple(_given(row) for row in connection.execute(wanted.order_by(delegation.c.record)).mappings())


def taken(connection: Connection, taker: str, day: date) -> tuple[Delegation, ...]:
    """The delegations by which ``taker`` acts for others on ``day``."""
    unrevoked = select(delegation).where(delegation.c.taker == taker, delegation.c.revoked_at.is_(None))
    rows = connection.execute(unrevoked.order_by(delegation.c.record)).mappings()
    return tuple(given for row in rows if (given := _given(row).delegation).covers(day))


def of(connection: Connection, who: str) -> tuple[Delegation, ...]:
    """The unrevoked delegations that somebody gave or took."""
    theirs = or_(delegation.c.giver == who, delegation.c.taker == who)
    wanted = select(delegation).where(delegation.c.revoked_at.is_(None), theirs)
    rows = connection.execute(wanted.order_by(delegation.c.record)).mappings()
    return tuple(_given(row).delegation for row in rows)


class Waiting(NamedTuple):
    """A delegation that its giver asks for, and no registrar has confirmed; ``record`` is that entry."""

    id: str
    giving: Giving
    attested: bool
    record: int
    at: datetime


def waiting(connection: Connection, now: datetime) -> list[Waiting]:
    """The delegations that wait for a registrar, the oldest first; what has lapsed is left out."""
    return [
        Waiting(f"D-{one.record}", Giving.again(one.facts["lending"]), one.attested, one.record, one.at)
        for one in request.pending(connection, DIRECTORY, now)
        if "lending" in one.facts
    ]


class DelegationRow(TypedDict):
    """A delegation as it is listed."""

    id: str
    giver: str
    taker: str
    roles: list[str]
    ceiling: int | None
    since: date | None
    until: date | None
    instrument: str
    attested: bool
    acting: bool
    record: int
    revoked_at: datetime | None


def listing(
    connection: Connection, person: str | None = None, limit: int | None = None, after: int | None = None
) -> list[DelegationRow]:
    """Every delegation ever given, oldest first; for ``person`` those they gave or took; from behind the one
    that was given by the entry ``after``.
    """
    wanted = select(delegation).order_by(delegation.c.record).limit(limit)
    if person is not None:
        wanted = wanted.where(or_(delegation.c.giver == person, delegation.c.taker == person))
    if after is not None:
        wanted = wanted.where(delegation.c.record > after)
    rows = connection.execute(wanted).mappings()
    return [DelegationRow(**{**row, "roles": json.loads(row["roles"])}) for row in rows]  # type: ignore[typeddict-item]


def _given(row: Any) -> Given:
    fields = {name: row[name] for name in _COLUMNS}
    return Given(
        Delegation(**fields, roles=tuple(json.loads(row["roles"]))), row["record"], row["revoked_at"]
    )
