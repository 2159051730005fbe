"""The inbox: the open gates, and whose turn it is, by the roles that people hold when they look."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from activities.people import delegation
from activities.people.person import in_force
from models.case.gate import GateKind
from models.tables.people import holding
from models.tables.record import gate, seat


def waiting(connection: Connection, person: str | None = None) -> list[dict[str, Any]]:
    """The open gates, soonest due first; for ``person`` only those where they may act.

    ``on_behalf_of`` names whom they would act for, where it is a delegation that lets them. Days are those of
    UTC; whether a vote counts is judged when it arrives, by the day in the zone of the programme.
    """
    if person is None:
        return [{**row, "on_behalf_of": None} for row in connection.execute(_OPEN).mappings()]
    now = datetime.now(UTC)
    when = {"now": now, "day": now.date()}
    found = {row["id"]: {**row, "on_behalf_of": None} for row in _rows(connection, _MINE, when, person)}
    for given in delegation.taken(connection, person, now.date()):
        theirs = _rows(connection, _DELEGATED, when | {"roles": list(given.roles)}, given.giver)
        found = {row["id"]: {**row, "on_behalf_of": given.giver} for row in theirs} | found
    return sorted(found.values(), key=lambda row: (row["due_at"], row["id"]))


def _rows(connection: Connection, query: Any, when: dict[str, Any], person: str) -> Any:
    return connection.execute(query, when | {"who": person}).mappings()


_OPEN = select(gate).where(gate.c.closed_at.is_(None)).order_by(gate.c.due_at, gate.c.id)
_HELD = select(holding.c.role).where(
    holding.c.person == bindparam("who"), in_force(holding, bindparam("day"))
)
_TURN = _OPEN.join(seat, seat.c.gate == gate.c.id).where(seat.c.since <= bindparam("now"))
_MINE = _TURN.where(or_(seat.c.person == bindparam("who"), seat.c.role.in_(_HELD)))
_DELEGATED = _TURN.where(
    gate.c.kind == GateKind.APPROVAL,
    seat.c.role.in_(_HELD.where(holding.c.role.in_(bindparam("roles", expanding=True)))),
)
