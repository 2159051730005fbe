"""The ladder of a deadline: reminders, escalation, consequence."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from activities.case.deadline import instants
from models.case.deadline import Ladder, Rung, Schedule, Terms, ladder

ZONES = ("Asia/Seoul", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago")
OPENED = datetime(2027, 1, 28, 15, 30, tzinfo=UTC)  # Friday 29 January, 00:30 in Seoul


def terms(**changes: Any) -> Terms:
    return Terms.model_validate({"working_days": 10, "escalate_to": "director"} | changes)


def no_weekends(day: date) -> bool:
    return day.weekday() < 5


def working_but(holidays: set[date]) -> Callable[[date], bool]:
    return lambda day: no_weekends(day) and day not in holidays


def local_days(steps: Ladder, zone: str = "Asia/Seoul") -> list[tuple[Rung, date]]:
    return [(step.rung, step.at.astimezone(ZoneInfo(zone)).date()) for step in steps]


def counted(after: date, until: date, is_working: Callable[[date], bool]) -> int:
    """Working days after one day, up to and including another."""
    return sum(is_working(after + timedelta(days=n)) for n in range(1, (until - after).days + 1))


any_terms = st.builds(
    terms,
    working_days=st.integers(1, 60),
    remind_before=st.lists(st.integers(1, 70), max_size=4),
    grace_days=st.integers(1, 20),
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
calendars = st.sets(st.dates(date(2024, 1, 1), date(2034, 12, 31)), max_size=30).map(working_but)
zones = st.sampled_from(ZONES)


@settings(max_examples=150)
@given(any_terms, moments, zones, calendars)
def test_instants_are_strictly_ordered_and_after_the_opening(
    deadline: Terms, opened: datetime, zone: str, is_working: Callable[[date], bool]
) -> None:
    at = [opened, *(step.at for step in ladder(deadline, opened, zone, is_working))]
    assert all(earlier < later for earlier, later in pairwise(at))


@settings(max_examples=100)
@given(any_terms, moments, zones, calendars)
def test_reminders_come_before_escalation_before_consequence(
    deadline: Terms, opened: datetime, zone: str, is_working: Callable[[date], bool]
) -> None:
    rungs = [step.rung for step in ladder(deadline, opened, zone, is_working)]
    in_time = {before for before in deadline.remind_before if before < deadline.working_days}
    assert rungs == [Rung.REMIND] * len(in_time) + [Rung.ESCALATE, Rung.CONSEQUENCE]


@settings(max_examples=100)
@given(any_terms, moments, zones, calendars)
def test_every_rung_is_the_end_of_a_local_working_day(
    deadline: Terms, opened: datetime, zone: str, is_working: Callable[[date], bool]
) -> None:
    for step in ladder(deadline, opened, zone, is_working):
        local = step.at.astimezone(ZoneInfo(zone))
        assert local.time() == time(23, 59, 59)
        assert is_working(local.date())


@settings(max_examples=100)
@given(any_terms, moments, zones, calendars)
def test_rungs_are_the_stated_working_days_away(
    deadline: Terms, opened: datetime, zone: str, is_working: Callable[[date], bool]
) -> None:
    start = opened.astimezone(ZoneInfo(zone)).date()
    *reminders, due, end = (day for _, day in local_days(ladder(deadline, opened, zone, is_working), zone))
    assert counted(start, due, is_working) == deadline.working_days
    assert counted(due, end, is_working) == deadline.grace_days
    assert {counted(day, due, is_working) for day in reminders} <= set(deadline.remind_before)


def test_seollal_and_tet_2027() -> None:
    # Holidays: Tet 4 to 10 February (VN), Seollal 6 to 9 February (KR), 1 March (KR).
    # Opened 28 January 15:30 UTC, which is Friday 29 January in Seoul; that day does not count.
    # Working days: 1 = Mon 1 Feb, 2 = Tue 2, 3 = Wed 3; Thu 4 to Wed 10 is holiday or weekend;
    # 4 = Thu 11, 5 = Fri 12, 6 = Mon 15, 7 = Tue 16, 8 = Wed 17, 9 = Thu 18, 10 = Fri 19: due.
    # Reminders 5 and 1 days before: day 5 = Fri 12 February, day 9 = Thu 18 February.
    # 6 days of grace: Mon 22, Tue 23, Wed 24, Thu 25, Fri 26 February, not Mon 1 March: Tue 2 March.
    # 23:59:59 in Seoul (UTC+9, no daylight saving) is 14:59:59 UTC.
    steps = promised(terms(remind_before=(1, 5), grace_days=6), ("KR", "VN"))
    assert [(step.rung, step.at) for step in steps] == [
        (Rung.REMIND, datetime(2027, 2, 12, 14, 59, 59, tzinfo=UTC)),
        (Rung.REMIND, datetime(2027, 2, 18, 14, 59, 59, tzinfo=UTC)),
        (Rung.ESCALATE, datetime(2027, 2, 19, 14, 59, 59, tzinfo=UTC)),
        (Rung.CONSEQUENCE, datetime(2027, 3, 2, 14, 59, 59, tzinfo=UTC)),
    ]


def promised(stated: Terms, countries: tuple[str, ...]) -> Ladder:
    """The instants of a gate opened then, in Seoul."""
    schedule = Schedule(terms=stated, opened_at=OPENED, zone="Asia/Seoul", countries=countries)
    return instants(schedule)


@pytest.mark.parametrize(
    ("countries", "end"),
    [
        (("KR",), date(2027, 2, 24)),  # Seoul works on 4, 5 and 10 February
        (("VN",), date(2027, 3, 1)),  # Hanoi works on 1 March
        (("VN", "KR"), date(2027, 3, 2)),
    ],
)
def test_day_counts_only_where_all_countries_work(countries: tuple[str, ...], end: date) -> None:
    steps = promised(terms(grace_days=6), countries)
    assert local_days(steps)[-1] == (Rung.CONSEQUENCE, end)


def test_country_without_a_known_calendar_does_not_stop_the_clock() -> None:
    alone = promised(terms(), ("KR",))
    assert promised(terms(), ("KR", "ZZ")) == alone
    weekdays = promised(terms(), ("ZZ",))
    assert all(day.isoweekday() < 6 for _, day in local_days(weekdays))


def test_days_are_those_of_the_zone_not_of_utc() -> None:
    in_seoul = ladder(terms(working_days=1), OPENED, "Asia/Seoul", no_weekends)
    in_london = ladder(terms(working_days=1), OPENED, "Europe/London", no_weekends)
    assert local_days(in_seoul)[0] == (Rung.ESCALATE, date(2027, 2, 1))
    assert local_days(in_london, "Europe/London")[0] == (Rung.ESCALATE, date(2027, 1, 29))


def test_end_of_day_follows_daylight_saving() -> None:
    # New York leaves UTC-5 for UTC-4 on Sunday 14 March 2027.
    friday = datetime(2027, 3, 11, 15, tzinfo=UTC)
    steps = ladder(terms(working_days=1, grace_days=1), friday, "America/New_York", no_weekends)
    assert [step.at.hour for step in steps] == [4, 3]


def test_same_reminder_twice_goes_out_once() -> None:
    steps = ladder(terms(remind_before=(2, 2)), OPENED, "Asia/Seoul", no_weekends)
    assert [step.rung for step in steps].count(Rung.REMIND) == 1


def test_reminder_on_the_opening_day_is_left_out() -> None:
    steps = ladder(terms(working_days=5, remind_before=(5, 4)), OPENED, "Asia/Seoul", no_weekends)
    assert local_days(steps)[0] == (Rung.REMIND, date(2027, 2, 1))
    assert [step.rung for step in steps].count(Rung.REMIND) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("working_days", 0),
        ("working_days", 2001),
        ("grace_days", 0),
        ("grace_days", 251),
        ("remind_before", [0]),
        ("escalate_to", ""),
        ("consequence", "approve"),
    ],
)
def test_terms_outside_their_limits_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        terms(**{field: value})
