"""Working days: the weekdays that are a holiday in none of the countries concerned."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from models.case.deadline import Ladder, Schedule

if TYPE_CHECKING:  # whoever only reads gates has no use for it
    from holidays import HolidayBase


def instants(schedule: Schedule) -> Ladder:
    """The instants of ``schedule``, counting only days on which all its countries work."""
    return schedule.ladder(_working_in(schedule.countries))


def _working_in(countries: tuple[str, ...]) -> Callable[[date], bool]:
    import holidays

    known = holidays.list_supported_countries()
    counted = [country for country in countries if country in known]

    def works(day: date) -> bool:
        if not counted:
            return day.isoweekday() < 6
        return all(_calendar(country, day.year).is_working_day(day) for country in counted)

    return works


@cache
def _calendar(country: str, year: int) -> "HolidayBase":
    """One year of one country, complete from the start: several threads read it."""
    import holidays

    return holidays.country_holidays(country, years=year, expand=False)
