"""Whether a line of a bank's statement can be that of a payment. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from models.payment.payment import BankLine

_ZONES = timedelta(days=1)
"""A bank books by its own calendar: somewhere it is still yesterday, or tomorrow already."""


def unlike(line: BankLine, kept: Mapping[str, Any]) -> Iterator[str]:
    """The figures in which a message is not what the statement that is kept has in that row."""
    said = line.figures()
    yield from (f"{name} is {kept.get(name)} there" for name in said if kept.get(name) != said[name])


def out_of_time(line: BankLine, sent: datetime | None, now: datetime) -> str | None:
    """Why a payment that was sent then cannot have been booked on the day of a line; None: it can."""
    if line.booked > (now + _ZONES).date():
        return f"It is booked on {line.booked}, which is still to come."
    if sent and line.booked < (sent - _ZONES).date():
        return f"It is booked on {line.booked}, before the payment was sent."
    return None
