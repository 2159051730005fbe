"""Days that a government declares beside its law: joint leave, a temporary holiday, a Saturday worked."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import Field

from models.base import Day, Line, Message, PersonId, Prose
from models.case.case import Country
from models.case.deadline import Ladder, Schedule

CALENDAR = "calendar"
"""The case under which such days are on record."""

Supplement = Mapping[tuple[str, date], bool]
"""Whether a country works on a day, for the days on which it is not as its law has it."""


class CalendarDay(Message):
    """A day on which a country works, or does not, whatever its law says. The newest word on a day counts."""

    country: Country
    day: Day
    working: bool
    name: Line

    def __str__(self) -> str:
        what = "a working day" if self.working else "no working day"
        return f"{self.country} {self.day}: {what} ({self.name})"


class CalendarOrder(Message):
    """Somebody asks for such a day, or confirms what another asked for."""

    day: CalendarDay
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]


class CalendarWanted(Message):
    """The question for the instants of a schedule, as the calendar is now."""

    schedule: Schedule


class CalendarFound(Message):
    """The answer: the instants; the newest entry that concerns its countries, and what it says."""

    ladder: Ladder
    edition: str = ""
    """Of the calendar: the table of holidays, and that entry."""
    record: int | None = None
    because: str = ""
