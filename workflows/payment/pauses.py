"""How long a payment waits: for an answer of the bank, and until it is tried or asked about again."""

from datetime import datetime, timedelta

from temporalio.common import RetryPolicy

PATIENTLY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(hours=4)
)
SENDING = timedelta(seconds=15)
"""What sending may take, and how long it is before a payment whose worker died is asked about."""
_SOONEST, _LATEST = timedelta(minutes=1), timedelta(hours=12)
"""When a payment is tried again that could not leave the house: twice as late every time."""


def pause_after(attempt: int) -> timedelta:
    """How long to wait after so many attempts that did not leave the house; a bank can be away for months."""
    doubled: int = 2 ** min(attempt - 1, 10)
    return min(_SOONEST * doubled, _LATEST)


def again_at(since: datetime, attempt: int, not_before: datetime | None) -> datetime:
    """When to try again what did not leave the house at ``since``."""
    again = since + pause_after(attempt)
    return max(again, not_before) if not_before else again
