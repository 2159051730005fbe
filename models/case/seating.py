"""Seating: whether the people there are can take the seats of a panel. Pure."""

from itertools import islice
from typing import NamedTuple

from models.case.panel import Body, Panel


class Staff(NamedTuple):
    """Somebody by the subject, whatever their accounts, with the roles they hold on the day."""

    who: str
    name: str
    organisations: frozenset[str]
    roles: frozenset[str]


def can_fill(panel: Panel, staff: tuple[Staff, ...]) -> bool:
    """Whether as many seats of every body can be taken as must approve; everybody takes one at most."""
    taken: dict[str, tuple[int, int]] = {}
    needs = (at for at, body in enumerate(panel.bodies) for _ in range(body.needed(len(body.seats))))
    return all(_take_one_more(panel, at, staff, taken, set()) for at in needs)


def _take_one_more(
    panel: Panel, at: int, staff: tuple[Staff, ...], taken: dict[str, tuple[int, int]], asked: set[str]
) -> bool:
    """Have one more seat of a body taken; whoever sits elsewhere may be replaced there (Kuhn's matching)."""
    body = panel.bodies[at]
    free = [seat for seat in range(len(body.seats)) if (at, seat) not in taken.values()]
    for seat in free:
        for one in staff:
            if one.who in asked or not may_sit(one, body, body.seats[seat]):
                continue
            asked.add(one.who)
            before = taken.pop(one.who, None)
            if before is None or _take_one_more(panel, before[0], staff, taken, asked):
                taken[one.who] = (at, seat)
                return True
            taken[one.who] = before
    return False


def enough(panel: Panel, staff: tuple[Staff, ...], away: int) -> tuple[Staff, ...]:
    """So many of ``staff`` that nobody else changes whether the seats can be filled, also while ``away`` of
    them are missing: of each role as many as there are seats, and as many more.
    """
    most = away + sum(len(body.seats) for body in panel.bodies)
    kept = {
        one.who
        for body in panel.bodies
        for role in set(body.seats)
        for one in islice((one for one in staff if may_sit(one, body, role)), most)
    }
    return tuple(one for one in staff if one.who in kept)


def may_sit(one: Staff, body: Body, role: str) -> bool:
    return role in one.roles and (body.organisation is None or body.organisation in one.organisations)
