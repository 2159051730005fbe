"""Deadlines: how many working days, who is reminded, who steps in, and what silence means."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from models.base import GateId, Message, PersonId, Prose, Role

Zone = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", max_length=60)]


class Consequence(StrEnum):
    """What a deadline does when it has passed for good. None of them spends money."""

    LAPSE = "lapse"
    RETURN = "return"


class Terms(Message):
    """A deadline as a programme states it, in working days after the gate opens.

    Reminders go out ``remind_before`` working days before it is due. When due, the role
    ``escalate_to`` is called in and may vote as well. ``grace_days`` working days later the
    ``consequence`` follows.
    """

    working_days: int = Field(ge=1, le=2000)
    remind_before: tuple[Annotated[int, Field(ge=1, le=2000)], ...] = ()
    escalate_to: Role
    grace_days: int = Field(default=5, ge=1, le=250)
    consequence: Consequence = Consequence.LAPSE


class Extension(Message):
    """More working days for a gate, with the reason. It takes two people to say the same."""

    gate: GateId
    actor: PersonId
    working_days: int = Field(ge=1, le=250)
    reason: Annotated[Prose, Field(min_length=1)]


class Pause(Message):
    """Stops the clock of a gate, because somebody else must answer first."""

    gate: GateId
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]


class Resume(Message):
    """Lets the clock of a gate run again."""

    gate: GateId
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]


class Stop(Message):
    """A time in which a clock stood still."""

    since: datetime
    until: datetime


class Rung(StrEnum):
    """What happens at one instant of the ladder."""

    REMIND = "remind"
    ESCALATE = "escalate"
    CONSEQUENCE = "consequence"


class Step(Message):
    """One rung with its instant in UTC, worked out once and never moved by a new holiday table."""

    at: datetime
    rung: Rung


Ladder = tuple[Step, ...]


class Schedule(Message):
    """What the instants of a gate follow from: its terms, when it opened, and what changed since."""

    terms: Terms
    opened_at: datetime
    zone: Zone
    countries: tuple[str, ...]
    extra_days: int = 0
    stops: tuple[Stop, ...] = ()

    def ladder(self, is_working: Callable[[date], bool]) -> Ladder:
        """The instants. A working day counts if the clock was running when it ended."""
        days = self.terms.working_days + self.extra_days
        longer = self.terms.model_copy(update={"working_days": days})
        still = [(day_in(self.zone, stop.since), day_in(self.zone, stop.until)) for stop in self.stops]

        def counts(day: date) -> bool:
            return is_working(day) and not any(since <= day < until for since, until in still)

        return ladder(longer, self.opened_at, self.zone, counts)


def continued(before: Ladder, rung: int, after: Ladder, now: datetime) -> Ladder:
    """The steps taken so far (``rung`` of them), then those of ``after`` that are still to come. What is due
    already, as the calendar is now, follows at once; reminders of it are left out.
    """
    escalated = any(step.rung is Rung.ESCALATE for step in before[:rung])
    left = (Rung.CONSEQUENCE,) if escalated else tuple(Rung)
    still = (step for step in after if step.at > now or step.rung is not Rung.REMIND)
    return before[:rung] + tuple(step for step in still if step.rung in left)


def due(steps: Ladder) -> datetime:
    """When it is due."""
    return next(step.at for step in steps if step.rung is Rung.ESCALATE)


def ladder(terms: Terms, opened: datetime, zone: str, is_working: Callable[[date], bool]) -> Ladder:
    """The instants of ``terms`` for a gate opened at ``opened`` (UTC), in order.

    Days count in ``zone``, the opening day does not count, and every rung falls at the end of its
    day (23:59:59 local). A reminder that would fall on or before the opening day is left out.
    """
    days = _working_days(day_in(zone, opened), terms, is_working)
    due = terms.working_days - 1
    reminders = (due - before for before in sorted(set(terms.remind_before), reverse=True))
    rungs = [(days[at], Rung.REMIND) for at in reminders if at >= 0]
    rungs.append((days[due], Rung.ESCALATE))
    rungs.append((days[due + terms.grace_days], Rung.CONSEQUENCE))
    return tuple(Step(at=_end_of(day, zone), rung=rung) for day, rung in rungs)


def _working_days(start: date, terms: Terms, is_working: Callable[[date], bool]) -> list[date]:
    days: list[date] = []
    day = start
    while len(days) < terms.working_days + terms.grace_days:
        day += timedelta(days=1)
        if is_working(day):
            days.append(day)
    return days


def day_in(zone: str, at: datetime) -> date:
    """The day it is in ``zone`` at this instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def _end_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(zone)).astimezone(UTC)
