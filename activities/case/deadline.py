"""Working days: the weekdays that are a holiday in none of the countries concerned."""

from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING

from models.case.calendar import Supplement
from models.case.deadline import Ladder, Schedule

if TYPE_CHECKING:  # whoever only reads gates has no use for it
    from holidays import HolidayBase


def instants(schedule: Schedule, supplement: Supplement = MappingProxyType({})) -> Ladder:
    """The instants of ``schedule``, counting only days on which all its countries work: by law, and by what
    is on record beside it (``activities/case/calendar.py``).
    """
    return schedule.ladder(working_in(schedule.countries, supplement))


def has_holidays(country: str) -> bool:
    """Whether the holidays of a country are known."""
    return country in supported()


@cache
def supported() -> frozenset[str]:
    """The countries whose holidays are known."""
    import holidays

    return frozenset(holidays.list_supported_countries())


def holidays_problem(country: str) -> str | None:
    """Why no deadline can be worked out for a country, or None. Checked where data enters."""
    known = has_holidays(country)
    return None if known else f"the holidays of {country!r} are not known, so no deadline can be worked out"


@cache
def edition() -> str:
    """Which table of holidays this is."""
    return f"holidays {version('holidays')}"


def working_in(countries: tuple[str, ...], supplement: Supplement) -> Callable[[date], bool]:
    """Whether all of these countries work on a day. One that is not known holds up no case of before."""
    counted = [country for country in countries if has_holidays(country)]

    def works(day: date) -> bool:
        if not counted:
            return day.isoweekday() < 6
        return all(
            supplement.get((country, day), _calendar(country, day.year).is_working_day(day))
            for country in counted
        )

    return works


@cache
def _calendar(country: str, year: int) -> "HolidayBase":
    """One year of one country, complete from the start: several threads read it."""
    import holidays

    return holidays.country_holidays(country, years=year, expand=False)
