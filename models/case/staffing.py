"""Staffing: whether the people there are can do what a programme asks of them. Pure rules.

A programme can be right in every key and still come to a stop: a role that nobody holds, seats that cannot
be filled, a duty that bars the last one left. That is found before a case is pinned to it.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from models.case.duty import ALWAYS, Act, Duty
from models.case.panel import Body, Panel
from models.case.seating import Staff, can_fill, may_sit

MOST_BARRED = 6
"""So many people together are looked at whose earlier acts could bar them; more is no likely coincidence."""


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
    for one in staff:
        if not can_fill(panel, _without(staff, {one.who})):
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
    seatable = [one for one in staff if any(one.roles & set(role) for role in [panel.roles])]
    able = [one for one in seatable if any(_may_act(one, at) for at in earlier)]
    for size in range(1, min(len(able), MOST_BARRED) + 1):
        for together in combinations(able, size):
            gone = {one.who for one in together}
            if not can_fill(panel, _without(staff, gone)) and _may_all_act(together, earlier):
                keys = ", ".join(at.key for at in earlier if any(_may_act(one, at) for one in together))
                return keys, " and ".join(one.name for one in together)
    return None


def _may_act(one: Staff, step: Step) -> bool:
    at_panel = any(
        may_sit(one, body, role) for panel in step.panels for body in panel.bodies for role in body.seats
    )
    return at_panel or bool(one.roles & set(step.roles))


def _may_all_act(together: tuple[Staff, ...], steps: list[Step]) -> bool:
    """Whether one case can see all of them act: as many as its rounds have places, each in one of them."""
    places = [place for step in steps for place in _places(step)]
    taken: dict[int, Staff] = {}

    def place(one: Staff, asked: set[int]) -> bool:
        for at, (body, roles) in enumerate(places):
            fits = any(may_sit(one, body, role) if body else role in one.roles for role in roles)
            if at in asked or not fits:
                continue
            asked.add(at)
            if at not in taken or place(taken[at], asked):
                taken[at] = one
                return True
        return False

    return all(place(one, set()) for one in together)


def _places(step: Step) -> Iterator[tuple[Body | None, tuple[str, ...]]]:
    """Who can act in a step, over all its rounds: a body and a role for each seat, or the roles of work."""
    for _ in range(step.rounds):
        if step.roles:
            yield None, step.roles
        for panel in step.panels[-1:]:
            yield from ((body, (role,)) for body in panel.bodies for role in body.seats)


def _without(staff: tuple[Staff, ...], gone: set[str]) -> tuple[Staff, ...]:
    return tuple(one for one in staff if one.who not in gone)
