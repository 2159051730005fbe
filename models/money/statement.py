"""A bank's statement: what was booked on an account, and whether it is consistent in itself. Pure."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from pydantic import Field

from models.amount import LARGEST, Amount, Currency
from models.base import Line as Text
from models.base import Message, Sha256

Balance = int
"""Minor units; below zero where the account is overdrawn."""


class StatementLine(Message):
    """One booking. ``back`` says whether money came in."""

    id: Text
    end_to_end_id: str = Field(default="", max_length=140)
    amount: Amount
    back: bool
    booked: date


class Statement(Message):
    """All bookings between two balances, from one file."""

    sha256: Sha256
    id: Text
    """The number that the bank gave it: it counts with the account."""
    account: str = Field(default="", max_length=140)
    """The account that it is of; empty where the file does not say, as in CSV."""
    currency: Currency
    opening: Balance = Field(gt=-LARGEST, lt=LARGEST)
    closing: Balance = Field(gt=-LARGEST, lt=LARGEST)
    lines: tuple[StatementLine, ...] = Field(max_length=100_000)

    def figures(self, row: int) -> dict[str, Any]:
        """All that counts of a line, the first being ``row`` 1: as it is on record, and in a match."""
        line = self.lines[row - 1].content()
        return {"statement": self.sha256, "account": self.account, "row": row, "line": line.pop("id"), **line}

    def problems(self) -> Iterator[str]:
        """Everything that is wrong with the statement in itself, whatever it speaks of."""
        twice = [name for name, count in Counter(line.id for line in self.lines).items() if count > 1]
        yield from (f"line {name!r} is there twice" for name in twice)
        for line in self.lines:
            if line.amount.currency != self.currency:
                yield f"line {line.id!r} is in {line.amount.currency}, the statement in {self.currency}"
        moved = sum(line.amount.minor if line.back else -line.amount.minor for line in self.lines)
        if self.opening + moved != self.closing:
            difference = self.closing - self.opening - moved
            yield f"the lines do not lead from the opening to the closing balance: {difference} are missing"


class StatementFile(NamedTuple):
    """A file that a statement was read from, as it is kept."""

    name: str
    content: bytes
    statement: Statement
