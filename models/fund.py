"""Money: amounts in minor units, the sleeve of a fund, and the transfers that move money in it.

The two-phase model (pending, then posted or voided) is TigerBeetle's; the cap is checked when the
pending transfer is booked, so that the second phase cannot overdraw.
"""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

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


class Account(StrEnum):
    """The accounts of a sleeve. Their sum is always the cap."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    COMMITTED = "committed"
    DISBURSED = "disbursed"


class TransferKind(StrEnum):
    """What a transfer does; each kind moves money between two fixed accounts."""

    PENDING = "pending"
    POST = "post"
    VOID = "void"
    DISBURSE = "disburse"
    DECOMMIT = "decommit"

    @property
    def route(self) -> tuple[Account, Account]:
        """(from, to): debit the first account, credit the second."""
        return _ROUTES[self]

    @property
    def resolves_pending(self) -> bool:
        """True for the second phase, of which each pending transfer has exactly one."""
        return self in (TransferKind.POST, TransferKind.VOID)


_ROUTES = {
    TransferKind.PENDING: (Account.AVAILABLE, Account.RESERVED),
    TransferKind.POST: (Account.RESERVED, Account.COMMITTED),
    TransferKind.VOID: (Account.RESERVED, Account.AVAILABLE),
    TransferKind.DISBURSE: (Account.COMMITTED, Account.DISBURSED),
    TransferKind.DECOMMIT: (Account.COMMITTED, Account.AVAILABLE),
}


class Transfer(Message):
    """One movement of money. ``amount`` is left out where it follows from what is on the books:
    VOID gives back the whole reservation, DECOMMIT whatever of the commitment is not paid out.
    """

    key: str
    kind: TransferKind
    sleeve: str
    reservation: str
    """Key of the pending transfer this money goes back to; for PENDING its own key."""
    amount: Amount | None = None


class Sleeve(Message):
    """A capped part of a fund."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: str
    cap: Minor


class Fund(Message):
    """A capped pot of money in one currency, divided into sleeves whose caps fit inside it."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: str
    currency: Currency
    cap: Minor
    sleeves: tuple[Sleeve, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _sleeves_fit(self) -> Self:
        if sum(sleeve.cap for sleeve in self.sleeves) > self.cap:
            raise ValueError(f"the sleeves of {self.id} add up to more than its cap")
        if len({sleeve.id for sleeve in self.sleeves}) < len(self.sleeves):
            raise ValueError(f"two sleeves of {self.id} have the same id")
        return self
