"""The calendar as a case: days that one registrar declares and another confirms."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine

from activities.case import deadline, request
from activities.people import person
from models.case.calendar import CALENDAR, CalendarOrder
from models.case.confirmation import Step
from models.case.effects import Declared, Effect
from models.case.envelope import Belief
from models.case.rule import Broken, CaseRule
from models.people.guard import REGISTRAR
from services.case.acts import Act, Acts, Asked


class Done(NamedTuple):
    """Whether the day is in force now, or waits for a second person; its number on record."""

    in_force: bool
    seq: int


class Calendar:
    """Takes what registrars say about days. ``belief`` is what is believed of who says it."""

    def __init__(self, database: Engine, belief: Belief) -> None:
        self._acts = Acts(database, belief)

    def declare(self, order: CalendarOrder) -> Done:
        """Ask for a day, or confirm it. Refused: why not, on record.

        Only days to come: nothing that was due, or was missed, becomes another thing afterwards.
        """
        asked = Asked(CALENDAR, CALENDAR, order.actor, {"day": order.day.content()})
        return self._acts.carry_out(asked, lambda act: _weighed(act, order))


def _weighed(act: Act, order: CalendarOrder) -> Done | Broken:
    actor = person.find(act.connection, order.actor)
    if actor is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({order.actor})")
    if REGISTRAR not in actor.roles_on(act.at.date()):
        return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {REGISTRAR}.")
    if problem := _problem(order, act.at):
        return problem
    what = order.day.content()
    weighed = request.weigh(act.connection, what, actor, act.at)
    if isinstance(weighed, Broken):
        return weighed
    if weighed.step is Step.ASKED:
        seq = _written(act, order, "day asked for", {})
        request.put_down(act.connection, what, seq)
        return Done(False, seq)
    facts = {"asked_by": weighed.request.actor, "edition": deadline.edition()}
    seq = _written(act, order, "day declared", facts, Declared(day=order.day))
    request.settle(act.connection, what)
    return Done(True, seq)


def _written(act: Act, order: CalendarOrder, action: str, facts: dict[str, str], *effects: Effect) -> int:
    key = f"{CALENDAR}:{order.day.country}:{order.day.day}:{act.number}"
    said = {"day": order.day.content()} | facts
    return act.write(act.entry(key, action, reason=order.reason, facts=said, effects=effects)).seq


def _problem(order: CalendarOrder, at: datetime) -> Broken | None:
    if not deadline.has_holidays(order.day.country):
        return Broken(CaseRule.NO_CALENDAR, f"({order.day.country})")
    if order.day.day <= at.date():
        return Broken(CaseRule.DAY_IS_OVER, f"({order.day.day})")
    if order.day.day > at.date() + timedelta(days=3 * 366):
        return Broken(CaseRule.DAY_IS_FAR, f"({order.day.day})")
    return None
