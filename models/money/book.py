"""Books: levels and running totals as they are stored, the journal as posted, and what must hold of them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from models.base import Message
from models.money.transfer import Account, TransferKind


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
    TOTALS = "what is kept of a reservation, a case or a group of cases is what its transfers come to"
    DERIVED = "every table is what the entries on record make it"
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
    counted: int | None = None
    """The record up to which the running total of its reservation counts; None: there is no total."""


class Sum(NamedTuple):
    """What all transfers of one kind at one level come to; ``record`` is the newest of them."""

    fund: str
    kind: str
    amount: int
    record: int


class Total(NamedTuple):
    """The running total of a reservation at a level, as it is stored."""

    reservation: str
    fund: str
    case: str
    record: int
    balances: Mapping[Account, int]


class Book(NamedTuple):
    """One level as it is stored."""

    id: str
    root: str
    parent: str | None
    currency: str
    cap: int
    balances: Mapping[Account, int]


def root_of(levels: Mapping[str, Book], level: str) -> str:
    """The fund that a level is part of; the level itself where no book knows it."""
    return levels[level].root if level in levels else level


def kind_of(one: Posted | Sum) -> TransferKind | None:
    """What kind of transfer it is; None: no kind that there is."""
    return TransferKind(one.kind) if one.kind in _KINDS else None


_KINDS = frozenset(TransferKind)


def lineage(levels: Mapping[str, Book], level: str) -> list[str]:
    """A level and everything above it."""
    found: list[str] = []
    at: str | None = level
    while at and at in levels and at not in found:
        found.append(at)
        at = levels[at].parent
    return found
