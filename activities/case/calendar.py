"""The days that are on record beside the holidays by law; and who must hear of a new one."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple, TypedDict

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from activities.case import deadline
from activities.case.projection import Projection, Writing
from models.case.calendar import CalendarDay, CalendarFound, Supplement
from models.case.deadline import Schedule
from models.case.effects import Declared
from models.tables.calendar import calendar_day, calendar_nudge
from models.tables.case import case
from models.tables.record import gate


def supplement(connection: Connection, countries: Iterable[str]) -> Supplement:
    """What is on record for these countries."""
    rows = connection.execute(_OF, {"of": list(countries)})
    return {(row.country, row.day): row.working for row in rows}


def instants(connection: Connection, schedule: Schedule) -> CalendarFound:
    """The instants of a schedule as the calendar is now, and the newest entry that concerns its countries."""
    rows = connection.execute(_OF, {"of": list(schedule.countries)}).all()
    ladder = deadline.instants(schedule, {(row.country, row.day): row.working for row in rows})
    if not rows:
        return CalendarFound(ladder=ladder, edition=deadline.edition())
    newest = max(rows, key=lambda row: row.record)
    day = CalendarDay(**{name: getattr(newest, name) for name in CalendarDay.model_fields})
    edition = f"{deadline.edition()}, record {newest.record}"
    return CalendarFound(ladder=ladder, edition=edition, record=newest.record, because=str(day))


_OF = select(calendar_day).where(calendar_day.c.country.in_(bindparam("of", expanding=True)))


def _put_down(writing: Writing, effect: Declared, _: object) -> None:
    day = effect.day
    key = {"of": day.country, "on": day.day}
    writing.connection.execute(_FORGET, key)
    writing.connection.execute(insert(calendar_day).values(day.model_dump() | {"record": writing.seq}))
    open_there = concerned(writing.connection, day.country)
    if rows := [{"record": writing.seq, "workflow_id": one} for one in open_there]:
        writing.connection.execute(insert(calendar_nudge), rows)


def concerned(connection: Connection, country: str) -> list[str]:
    """The workflows with an open gate in whose case this country takes part."""
    return list(connection.scalars(_CONCERNED, {"like": f'%"{country}"%'}))


_FORGET = delete(calendar_day).where(
    calendar_day.c.country == bindparam("of"), calendar_day.c.day == bindparam("on")
)
_CONCERNED = (
    select(gate.c.workflow_id)
    .distinct()
    .join(case, case.c.workflow_id == gate.c.workflow_id)
    .where(gate.c.closed_at.is_(None), case.c.countries.like(bindparam("like")))
    .order_by(gate.c.workflow_id)
)


class Untold(NamedTuple):
    """A workflow that has not heard of a day yet."""

    record: int
    workflow_id: str


def untold(connection: Connection) -> list[Untold]:
    """Who has not heard yet."""
    return [Untold(row.record, row.workflow_id) for row in connection.execute(_UNTOLD)]


_UNTOLD = select(calendar_nudge).where(calendar_nudge.c.told_at.is_(None)).order_by(calendar_nudge.c.record)


def told(connection: Connection, one: Untold, at: datetime) -> None:
    """The engine has taken it."""
    connection.execute(_TOLD, {"entry": one.record, "workflow": one.workflow_id, "at": at})


_TOLD = (
    update(calendar_nudge)
    .where(
        calendar_nudge.c.record == bindparam("entry"), calendar_nudge.c.workflow_id == bindparam("workflow")
    )
    .values(told_at=bindparam("at"))
)


class CalendarRow(TypedDict):
    """A day on record; ``record`` is the number of its entry."""

    country: str
    day: date
    working: bool
    name: str
    record: int


def listing(connection: Connection) -> list[CalendarRow]:
    """All days on record, by country and day."""
    rows = connection.execute(select(calendar_day).order_by(calendar_day.c.country, calendar_day.c.day))
    return [CalendarRow(**row) for row in rows.mappings()]  # type: ignore[typeddict-item]


PROJECTIONS = (Projection(Declared, apply=_put_down, wakes=lambda _: True),)
