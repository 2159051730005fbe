"""Money: integer minor units and an ISO 4217 currency. No floating point anywhere near it."""

import re
from typing import Annotated, Self

from pydantic import Field

from models.base import Message

# ISO 4217 minor units that are not two. CLDR differs (it shows KHR, LAK, MMK without decimals).
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_MINOR_UNITS = (
    dict.fromkeys(_WHOLE.split(), 0)
    | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)
    | dict.fromkeys(["CLF", "UYW"], 4)
)

_NUMBER = re.compile(r"(?P<whole>[0-9]{1,18}|[0-9]{1,3}(,[0-9]{3}){1,5})([.](?P<fraction>[0-9]{1,9}))?")

LARGEST = 10**15
"""No amount reaches this many minor units; it keeps every sum inside 64 bits."""


def minor_units(currency: str) -> int:
    """Digits after the decimal point in ISO 4217, e.g. 0 for KRW, 2 for USD."""
    return _MINOR_UNITS.get(currency, 2)


Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Minor = Annotated[int, Field(gt=0, lt=LARGEST, strict=True)]


class Amount(Message):
    """A positive sum: integer minor units and an ISO 4217 currency. KRW 300 is ``minor=300``."""

    minor: Minor
    currency: Currency

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read ``"1500.50"`` or ``"300000000"``; a fraction finer than the minor unit is refused."""
        digits = minor_units(currency)
        number = _NUMBER.fullmatch(text.strip())
        if number is None:
            raise ValueError(f"{text!r} is not a positive amount; write digits, e.g. 300000000")
        fraction = number["fraction"] or ""
        if len(fraction) > digits:
            raise ValueError(f"{text!r} is finer than the minor unit of {currency} ({digits} decimals)")
        whole = number["whole"].replace(",", "")
        return cls(minor=int(whole + fraction.ljust(digits, "0")), currency=currency)

    def __str__(self) -> str:
        digits = minor_units(self.currency)
        return f"{self.currency} {self.minor / 10**digits:,.{digits}f}"
