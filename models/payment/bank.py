"""What is said to a bank, and what it can say: compared with what was sent before it counts. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from pydantic import AwareDatetime

from models.amount import Amount, minor_units
from models.base import Line, Message
from models.people.account import fingerprint, plain


class BankSays(StrEnum):
    """What a bank can say of a payment (ISO 20022 pain.002), and what follows when it says nothing."""

    ACCEPTED = "ACSP"
    SETTLED = "ACSC"
    REJECTED = "RJCT"
    RETURNED = "returned"
    """It was settled and came back, by the bank's own word: heard only where that is asked."""
    UNKNOWN = "unknown"
    """The bank does not know it, and has had the time to."""
    DOUBT = "doubt"
    """It may have it."""
    DISAGREES = "disagrees"
    """It may have it, and says something else of it than was sent, or something that only people can clear
    up: they are told."""
    NOT_SENT = "not sent"
    """It cannot have it: nothing left this house. It is tried again."""
    REFUSED = "refused"
    """Nothing left this house: what was to be sent is not what was approved. It is decided again."""


_ON_ITS_WAY = "ACCP ACFC ACPD ACSP ACTC ACWC ACWP PATC PDNG PRES RCVD"
_UNCLEAR = "ACIS BLCK CPUC PART"
STATUSES: Mapping[str, BankSays] = MappingProxyType(
    {"ACCC": BankSays.SETTLED, "ACSC": BankSays.SETTLED, "CANC": BankSays.REJECTED, "RJCT": BankSays.REJECTED}
    | dict.fromkeys(_ON_ITS_WAY.split(), BankSays.ACCEPTED)
    | dict.fromkeys(_UNCLEAR.split(), BankSays.DISAGREES)
)
"""The statuses of ISO 20022 (ExternalPaymentTransactionStatus1Code), and what each means here."""


class Instruction(Message):
    """What a workflow asks to have sent. What is sent is worked out anew, from what is on record."""

    key: str
    """The same for ever: the bank's idempotency key, and its end-to-end id."""
    attempt: int
    """Counts how often it was found that nothing had left the house."""
    payment: str
    order: str
    """Key of the ORDER transfer behind it: without one that is open, nothing is sent."""
    fund: str
    payee: Line
    amount: Amount
    remittance: Line
    doubt_hours: int


class ReturnInquiry(Message):
    """Asks the bank whether a payment that it settled has come back."""

    key: str
    """That of the instruction."""


class Said(Message):
    """What a workflow is told of the bank's answer."""

    says: BankSays
    reference: str = ""
    reason: str = ""
    rule: str = ""
    """The rule by which nothing was sent; empty: none was broken."""
    not_before: AwareDatetime | None = None
    """From when it may be sent, where it came too early."""


class Sent(NamedTuple):
    """What the bank was handed, as far as its answers must repeat it."""

    key: str
    amount: Amount
    account: str | None
    """The digest of the account, which itself is kept with the directory only; None: it was sent before
    accounts were written down, and cannot be compared."""


class Shown(NamedTuple):
    """What an answer says that the bank has; None: it does not say."""

    end_to_end_id: str | None = None
    amount: str | None = None
    currency: str | None = None
    account: str | None = None


def decimal(amount: Amount) -> Decimal:
    """An amount as banks write it: ``1500.50``, without the currency."""
    return Decimal(amount.minor).scaleb(-minor_units(amount.currency))


def differences(sent: Sent, shown: Shown) -> Iterator[str]:
    """What an answer says otherwise than it was sent, in words. What it leaves out agrees with nothing."""
    if shown.end_to_end_id != sent.key:
        yield f"the end-to-end id is {_word(shown.end_to_end_id)} and not {sent.key}"
    if _number(shown.amount) != decimal(sent.amount):
        yield f"the amount is {_word(shown.amount)} and not {decimal(sent.amount)}"
    if shown.currency != sent.amount.currency:
        yield f"the currency is {_word(shown.currency)} and not {sent.amount.currency}"
    if sent.account and (shown.account is None or fingerprint(shown.account) != sent.account):
        last = _word(shown.account and plain(shown.account)[-4:])
        yield f"the account ends in {last}, and is not the one that was approved"


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return number if number is None or number.is_finite() else None


def _word(text: str | None) -> str:
    return "missing" if text is None else repr(text[:60])
