"""Staffing: whether the people there are can do what a programme asks of them. Pure rules.

A programme can be right in every key and still come to a stop: a role that nobody holds, seats that cannot
be filled, a duty that bars the last one left. That is found before a case is pinned to it.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import chain, combinations, islice
from typing import NamedTuple

from models.case.duty import ALWAYS, Act, Duty
from models.case.panel import Body, Panel
from models.case.seating import Staff, can_fill, enough, may_sit

MOST_BARRED = 6
"""So many people together are looked at whose earlier acts could bar them; more is no likely coincidence."""


MOST_TRIED = 5_000
"""So many choices of such people are tried, the smallest first."""

Place = tuple[Body | None, tuple[str, ...]]
"""Where somebody can act: a seat of a body, by its role; or a piece of work, by the roles that do it."""


class Shortage(StrEnum):
    """What is wrong with the staffing of a step."""

    NOBODY = "nobody-holds-the-role"
    CANNOT_BE_FILLED = "seats-cannot-be-filled"
    DEAD_END = "dead-end"
    ONE_PERSON = "hangs-on-one-person"

    @property
    def stops(self) -> bool:
        """Whether a case comes to a stop there; otherwise it does when one person is away."""
        return self is not Shortage.ONE_PERSON


class Step(NamedTuple):
    """A step of a procedure, by its key in the programme file, in the order of the procedure."""

    key: str
    act: Act | None
    """What whoever does it has done, as far as duties are concerned."""
    roles: tuple[str, ...]
    """Who does it as a piece of work: one person. Empty where a panel decides."""
    panels: tuple[Panel, ...] = ()
    """The panel, and those of its tiers."""
    called_in: str | None = None
    """The role that its deadline calls in."""
    rounds: int = 1
    """How often it may be done in one case, by others each time."""


class Finding(NamedTuple):
    """A shortage, where it is, who is concerned, and what to do."""

    key: str
    shortage: Shortage
    text: str
    to_do: str


def shortages(steps: tuple[Step, ...], duties: tuple[Duty, ...], staff: tuple[Staff, ...]) -> list[Finding]:
    """All that keeps these people from carrying a case through these steps, in the order of the steps."""
    return [found for at, step in enumerate(steps) for found in _of_step(step, steps[:at], duties, staff)]


def _of_step(
    step: Step, before: tuple[Step, ...], duties: tuple[Duty, ...], staff: tuple[Staff, ...]
) -> Iterator[Finding]:
    held = {role for one in staff for role in one.roles}
    roles = (*step.roles, *(role for panel in step.panels for role in panel.roles))
    for role in dict.fromkeys((*roles, *filter(None, (step.called_in,)))):
        if role not in held:
            yield Finding(
                step.key,
                Shortage.NOBODY,
                f"Nobody holds the role {role}.",
                "give somebody the role, or name another in the programme",
            )
    if step.roles and not set(step.roles) & held:
        return  # said already, role by role
    for panel in step.panels:
        yield from _of_panel(step, panel, before, duties, staff)


def _of_panel(
    step: Step, panel: Panel, before: tuple[Step, ...], duties: tuple[Duty, ...], staff: tuple[Staff, ...]
) -> Iterator[Finding]:
    seats = ", ".join(role for body in panel.bodies for role in body.seats)
    if not can_fill(panel, staff):
        yield Finding(
            step.key,
            Shortage.CANNOT_BE_FILLED,
            f"Too few people can take the seats ({seats}) for the quorum.",
            "give more people the roles, or lower the quorum",
        )
        return
    there = enough(panel, staff, away=1)
    for one in there:
        if not can_fill(panel, _without(there, {one.who})):
            yield Finding(
                step.key,
                Shortage.ONE_PERSON,
                f"Without {one.name} the seats ({seats}) cannot be filled.",
                "give one more person a role of this panel",
            )
    if barred := _barred_by_duty(step, panel, before, duties, staff):
        keys, names = barred
        yield Finding(
            step.key,
            Shortage.DEAD_END,
            f"Once {names} acted in {keys}, nobody is left who may take the seats ({seats}).",
            "give one more person a role of this panel, allow fewer rounds before, or change the duties",
        )


def _barred_by_duty(
    step: Step, panel: Panel, before: tuple[Step, ...], duties: tuple[Duty, ...], staff: tuple[Staff, ...]
) -> tuple[str, str] | None:
    """The steps before and the fewest people who may all have acted in them, so that the panel is stuck."""
    if step.act is None:
        return None
    apart = {act for duty in (*ALWAYS, *duties) for act in Act if duty.forbids(act, step.act)}
    earlier = [one for one in before if one.act in apart]
    places = [place for at in earlier for place in _places(at)]
    there = enough(panel, staff, away=min(len(places), MOST_BARRED))
    able = [one for one in there if any(_fits(one, place) for place in places)]
    sizes = range(1, min(len(able), len(places), MOST_BARRED) + 1)
    for together in islice(chain.from_iterable(combinations(able, size) for size in sizes), MOST_TRIED):
        gone = {one.who for one in together}
        if not can_fill(panel, _without(there, gone)) and _find_place(together, places):
            keys = (
                at.key for at in earlier for place in _places(at) for one in together if _fits(one, place)
            )
            return ", ".join(dict.fromkeys(keys)), " and ".join(one.name for one in together)
    return None


def _places(step: Step) -> Iterator[Place]:
    """Where people can act in a step, over all its rounds."""
    for _ in range(step.rounds):
        if step.roles:
            yield None, step.roles
        for panel in step.panels[-1:]:
            yield from ((body, (role,)) for body in panel.bodies for role in body.seats)


def _fits(one: Staff, place: Place) -> bool:
    body, roles = place
    return any(may_sit(one, body, role) if body else role in one.roles for role in roles)


def _find_place(together: tuple[Staff, ...], places: list[Place]) -> bool:
    """Whether one case can see all of them act, each in another place."""
    taken: dict[int, Staff] = {}

    def place(one: Staff, asked: set[int]) -> bool:
        for at in range(len(places)):
            if at in asked or not _fits(one, places[at]):
                continue
            asked.add(at)
            if at not in taken or place(taken[at], asked):
                taken[at] = one
                return True
        return False

    return all(place(one, set()) for one in together)


def _without(staff: tuple[Staff, ...], gone: set[str]) -> tuple[Staff, ...]:
    return tuple(one for one in staff if one.who not in gone)
