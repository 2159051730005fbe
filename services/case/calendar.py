"""The calendar as a case: days that one registrar declares and another confirms."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import deadline, record, request
from activities.people import person
from models.case.calendar import CALENDAR, CalendarOrder
from models.case.confirmation import Step
from models.case.effects import Declared
from models.case.record import Batch, Entry, Source
from models.case.rule import Broken, CaseRule
from models.people.guard import REGISTRAR
from services.case.cases import Refused

_SOURCE = Source(case=CALENDAR, workflow_id=CALENDAR, run_id="", rules="")


class Done(NamedTuple):
    """Whether the day is in force now, or waits for a second person; its number on record."""

    in_force: bool
    seq: int


class Calendar:
    """Takes what registrars say about days. ``attested`` says whether the actor has proved who they are."""

    def __init__(self, database: Engine, attested: bool = False) -> None:
        self._database = database
        self._attested = attested

    def declare(self, order: CalendarOrder) -> Done:
        """Ask for a day, or confirm it. Refused: why not, on record.

        Only days to come: nothing that was due, or was missed, becomes another thing afterwards.
        """
        at = datetime.now(UTC)
        with self._database.begin() as connection:
            record.lock(connection)
            done = self._weighed(connection, order, at)
            if isinstance(done, Done):
                return done
            seq = self._write(connection, order, at, "refused", rule=done.rule, reason=done.text)
        raise Refused(done.rule, done.detail, seq)

    def _weighed(self, connection: Connection, order: CalendarOrder, at: datetime) -> Done | Broken:
        actor = person.find(connection, order.actor)
        if actor is None:
            return Broken(CaseRule.UNKNOWN_PERSON, f"({order.actor})")
        if REGISTRAR not in actor.roles_on(at.date()):
            return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {REGISTRAR}.")
        if problem := _problem(order, at):
            return problem
        what = order.day.content()
        weighed = request.weigh(connection, what, actor, at)
        if isinstance(weighed, Broken):
            return weighed
        if weighed.step is Step.ASKED:
            seq = self._write(connection, order, at, "day asked for")
            request.put_down(connection, what, seq)
            return Done(False, seq)
        facts = {"asked_by": weighed.request.actor, "edition": deadline.edition()}
        seq = self._write(connection, order, at, "day declared", facts, effects=(Declared(day=order.day),))
        request.settle(connection, what)
        return Done(True, seq)

    def _write(
        self,
        connection: Connection,
        order: CalendarOrder,
        at: datetime,
        action: str,
        facts: dict[str, str] | None = None,
        **more: object,
    ) -> int:
        fields = {"reason": order.reason} | more
        entry = Entry.model_validate(
            {
                "key": f"{CALENDAR}:{order.day.country}:{order.day.day}:{record.lock(connection) + 1}",
                "stage": CALENDAR,
                "action": action,
                "actor": order.actor,
                "attested": self._attested,
                "at": at,
                "facts": {"day": order.day.content()} | (facts or {}),
            }
            | fields
        )
        return record.write(connection, Batch(source=_SOURCE, entries=(entry,)))[0].seq


def _problem(order: CalendarOrder, at: datetime) -> Broken | None:
    if not deadline.has_holidays(order.day.country):
        return Broken(CaseRule.NO_CALENDAR, f"({order.day.country})")
    if order.day.day <= at.date():
        return Broken(CaseRule.DAY_IS_OVER, f"({order.day.day})")
    if order.day.day > at.date() + timedelta(days=3 * 366):
        return Broken(CaseRule.DAY_IS_FAR, f"({order.day.day})")
    return None
