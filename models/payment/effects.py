"""What entries change in the list of payments, and in the statements that they are held against."""

from typing import Literal

from models.base import Sha256
from models.case.effects import Effect
from models.money.statement import Statement
from models.payment.payment import PaymentUpdate


class Keeps(Effect):
    """A statement of the bank is kept, for the fund that its entry is of, with each of its lines."""

    effect: Literal["keeps-statement"] = "keeps-statement"
    statement: Statement


class Finds(Effect):
    """What each line of a statement was found to be, in their order."""

    effect: Literal["finds-lines"] = "finds-lines"
    statement: Sha256
    results: tuple[str, ...]


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
