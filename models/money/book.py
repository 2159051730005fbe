"""Books: the levels of funds as they are stored, the journal as it was posted, and what must hold of both."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from models.base import Message
from models.money.transfer import Account


class Claim(StrEnum):
    """What must hold of every fund, at any moment."""

    REPLAYS = "replaying the journal from nothing gives the stored balances"
    ADDS_UP = "debits and credits are equal, and nothing is below zero"
    WITHIN_CAP = "every level is within its cap, and the caps of its parts within it"
    RESOLVED_ONCE = "what is resolved or corrected is there, is of the right kind, and is resolved once"
    WHOLE = "what is paid, released and claimed of a reservation is never more than was reserved"
    DECIDED = "every transfer cites a decision on record that asked for exactly this"
    ONE_CURRENCY = "a fund, its parts and its transfers are in one currency"
    MOVED = "what one part may use more, another part of the same whole may use less"
    EXCHANGED = "what was bought in one currency was sold in another, at the rate on record"


class Discrepancy(NamedTuple):
    """Something that does not hold, and the numbers of the entries that show it."""

    fund: str
    claim: Claim
    detail: str
    records: tuple[int, ...] = ()


class Proved(Message):
    """What a proof of all books came to."""

    funds: int
    frozen: tuple[str, ...] = ()
    """Funds whose books are wrong; nothing is reserved or paid there until two people let it go on."""
    discrepancies: tuple[str, ...] = ()


class Posted(NamedTuple):
    """A transfer as the journal has it, beside what its entry asked for."""

    key: str
    kind: str
    case: str
    fund: str
    reservation: str
    resolves: str | None
    debit: str
    credit: str
    amount: int
    currency: str
    record: int
    cited: Mapping[str, object] | None
    """The transfer in the entry on record; None: there is none, or it was refused."""
    cited_case: str | None


class Book(NamedTuple):
    """One level as it is stored."""

    id: str
    root: str
    parent: str | None
    currency: str
    cap: int
    balances: Mapping[Account, int]


def root_of(levels: dict[str, Book], level: str) -> str:
    return levels[level].root if level in levels else level


def lineage(levels: Mapping[str, Book], level: str) -> list[str]:
    """A level and everything above it."""
    found: list[str] = []
    at: str | None = level
    while at and at in levels and at not in found:
        found.append(at)
        at = levels[at].parent
    return found
