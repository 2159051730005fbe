"""Everybody in the directory with what they hold on a day, by the subject and not by the account."""

from datetime import date

from sqlalchemy import Connection, literal, select

from activities.people.person import held_on
from models.case.seating import Staff
from models.tables.people import holding, person


def staff(connection: Connection, day: date) -> tuple[Staff, ...]:
    """All who hold a role on ``day``, in the order of their ids. Two accounts of one subject are one."""
    held = select(person.c.id, person.c.name, person.c.subject, person.c.organisation, holding.c.role).join(
        holding, holding.c.person == person.c.id
    )
    found: dict[str, Staff] = {}
    for row in connection.execute(held.where(held_on(literal(day))).order_by(person.c.id)):
        who = row.subject or row.id
        known = found.setdefault(who, Staff(who, row.name, frozenset(), frozenset()))
        found[who] = known._replace(
            organisations=known.organisations | {row.organisation}, roles=known.roles | {row.role}
        )
    return tuple(found.values())
