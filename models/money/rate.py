"""Rates of exchange: data, with their day and their source. Two currencies never meet without one. Pure."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.amount import Amount, Currency, minor_units
from models.base import Day, Line, Message


class Rate(Message):
    """What one unit of ``base`` is in ``quote``, on a day, by a source: 1 USD = 1391.5 KRW."""

    base: Currency
    quote: Currency
    rate: Annotated[str, Field(pattern=r"^[0-9]{1,9}([.][0-9]{1,12})?$")]
    """A decimal number; text, because no floating point comes near money."""
    day: Day
    source: Line

    @model_validator(mode="after")
    def _is_a_rate(self) -> Self:
        if self.base == self.quote or not Decimal(self.rate):
            raise ValueError("a rate is more than nothing, between two currencies")
        return self

    def convert(self, amount: Amount) -> Amount:
        """``amount`` of the base currency in the other, to its smallest unit, half to even.

        ValueError: it is in another currency, or comes to nothing.
        """
        if amount.currency != self.base:
            raise ValueError(f"the rate is of {self.base}, the amount in {amount.currency}")
        whole = Decimal(amount.minor).scaleb(-minor_units(self.base)) * Decimal(self.rate)
        minor = whole.scaleb(minor_units(self.quote)).quantize(Decimal(1), ROUND_HALF_EVEN)
        return Amount(minor=int(minor), currency=self.quote)

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate} {self.quote} ({self.day}, {self.source})"
