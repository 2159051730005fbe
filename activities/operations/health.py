"""What a check-up asks of the database: its clock, the outbox, how far the holidays reach."""

import json
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select, text

from activities.case.notice import oldest_due
from models.case.notice import NoticeStatus
from models.tables.case import case
from models.tables.notice import IS_OVER, IS_PENDING, notice


def clock_skew(connection: Connection) -> float:
    """By how many seconds the clock of the database is ahead of ours. A file has ours."""
    if connection.dialect.name != "postgresql":
        return 0.0
    theirs = connection.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(theirs, datetime)
    return (theirs - datetime.now(UTC)).total_seconds()


def outbox(connection: Connection) -> tuple[float, int, int]:
    """Minutes that the oldest letter has been due; how many were tried in vain, and refused for good."""
    oldest = oldest_due(connection)
    dead = select(func.count()).where(notice.c.status == NoticeStatus.DEAD, IS_OVER)
    waited = (datetime.now(UTC) - oldest).total_seconds() / 60 if oldest else 0.0
    tried = select(func.count()).where(IS_PENDING, notice.c.attempts > 0)
    return max(waited, 0.0), connection.scalar(tried) or 0, connection.scalar(dead) or 0


def ends_of_calendars(connection: Connection) -> dict[str, tuple[int, int]]:
    """The countries of open cases: the last year whose holidays are known, and in how many years that is."""
    import holidays

    found = connection.scalars(select(case.c.countries).where(case.c.closed_at.is_(None)).distinct())
    countries = {country for text_ in found for country in json.loads(text_)}
    this = datetime.now(UTC).year
    known = holidays.list_supported_countries()
    ends = {one: holidays.country_holidays(one).end_year for one in countries if one in known}
    return {country: (end, end - this) for country, end in ends.items()}
