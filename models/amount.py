"""Money: integer minor units and an ISO 4217 currency. No floating point anywhere near it."""

import re
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from models.base import Message

# ISO 4217 minor units that are not two. CLDR differs (it shows KHR, LAK, MMK without decimals).
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_MINOR_UNITS = (
    dict.fromkeys(_WHOLE.split(), 0)
    | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)
    | dict.fromkeys(["CLF", "UYW"], 4)
)

_NUMBER = re.compile(r"(?P<whole>[0-9]{1,18}|[0-9]{1,3}(,[0-9]{3}){1,5})([.](?P<fraction>[0-9]{1,9}))?")

_NUMBERS = r"[0-9]{1,3}(?: [0-9]{3})+(?:[.][0-9]{1,9})?|[0-9,]+(?:[.][0-9]{1,9})?"
_WRITTEN = re.compile(
    rf"(?P<first>{_NUMBERS}) ?(?P<behind>[A-Z]{{3}})|(?P<before>[A-Z]{{3}}) ?(?P<last>{_NUMBERS})"
)
_GROUP = re.compile(r" (?=[0-9]{3})")

LARGEST = 10**15
"""No amount reaches this many minor units; it keeps every sum inside 64 bits."""


def minor_units(currency: str) -> int:
    """Digits after the decimal point in ISO 4217, e.g. 0 for KRW, 2 for USD."""
    return _MINOR_UNITS.get(currency, 2)


Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


def is_currency(code: object) -> bool:
    """Whether this has the form of a currency code."""
    return isinstance(code, str) and re.fullmatch("[A-Z]{3}", code) is not None


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
            raise ValueError(
                f"{text!r} is not a positive amount; write digits, a point before decimals, e.g. 300000000"
            )
        fraction = number["fraction"] or ""
        if len(fraction) > digits:
            raise ValueError(
                f"{text!r} is finer than the minor unit of {currency} ({digits} decimals); round it"
            )
        whole = number["whole"].replace(",", "")
        return cls(minor=int(whole + fraction.ljust(digits, "0")), currency=currency)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read an amount as people write it, with its currency: ``"1 000 000 KRW"``, ``"USD 1,500.50"``."""
        written = _WRITTEN.fullmatch(" ".join(text.split()))
        if written is None:
            raise ValueError(
                f"{text[:60]!r} is no amount; write digits, a point before decimals, and the currency, "
                "e.g. 1 000 000 000 KRW or 1,500.50 USD"
            )
        number = written["first"] or written["last"]
        currency = written["before"] or written["behind"]
        try:
            return cls.parse(_GROUP.sub("", number), currency)
        except ValidationError as error:
            limits = f"more than 0 and less than {LARGEST:,} of the smallest unit of {currency}"
            raise ValueError(f"{text[:60]!r} is no amount; write one that is {limits}") from error

    @model_validator(mode="before")
    @classmethod
    def _as_people_write_it(cls, given: object) -> object:
        """An amount may be written as one text."""
        return cls.read(given).model_dump() if isinstance(given, str) else given

    def __str__(self) -> str:
        digits = minor_units(self.currency)
        return f"{self.currency} {self.minor / 10**digits:,.{digits}f}"
