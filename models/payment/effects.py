"""What entries change in the list of payments."""

from typing import Literal

from models.case.effects import Effect
from models.payment.payment import PaymentUpdate


class Matches(Effect):
    """A line of a statement is that of a payment."""

    effect: Literal["matches-line"] = "matches-line"
    statement: str
    """SHA-256 of the file."""
    row: int
    payment: str


class Lists(Effect):
    """The list of payments shows something new of one."""

    effect: Literal["lists-payment"] = "lists-payment"
    payment: PaymentUpdate
