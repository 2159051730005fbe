"""Working days: the weekdays that are a holiday in none of the countries concerned."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache

import holidays

from models.deadline import Ladder, Terms, ladder


def instants(terms: Terms, opened: datetime, zone: str, countries: tuple[str, ...]) -> Ladder:
    """The ladder of ``terms``, counting only days on which all ``countries`` work."""
    return ladder(terms, opened, zone, _working_in(countries))


def _working_in(countries: tuple[str, ...]) -> Callable[[date], bool]:
    known = holidays.list_supported_countries()
    calendars = [_calendar(country) for country in countries if country in known] or [_calendar("KR")]
    return lambda day: all(calendar.is_working_day(day) for calendar in calendars)


@cache
def _calendar(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)
