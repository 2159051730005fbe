"""Transfers: what moves money between the accounts of a fund, and which accounts there are.

Double entry on a cash basis, after TigerBeetle: immutable transfers of two legs; what needs a decision is
booked as pending first and then resolved, once. The cap is checked at the first phase, so that the second
cannot overdraw.
"""

from enum import StrEnum
from typing import NamedTuple

from models.amount import Amount
from models.base import Message
from models.money.rate import Rate


class Account(StrEnum):
    """The accounts that every level of a fund has. The first four say where money comes from and grow
    by debits; the others say what has become of it and grow by credits. Nothing is ever below zero.
    """

    PAID_IN = "paid_in"
    RETURNED = "returned"
    """What payees gave back."""
    EXCHANGED_IN = "exchanged_in"
    """What came for another currency."""
    MEMO = "memo"
    """Counterpart of what is promised or owed, and no money yet: pledged, called and receivable."""
    PLEDGED = "pledged"
    CALLED = "called"
    RECEIVABLE = "receivable"
    """What payees owe: over-payments and ineligible costs."""
    AVAILABLE = "available"
    RESERVED = "reserved"
    COMMITTED = "committed"
    ORDERED = "ordered"
    """Committed, and due to a payee: a payment is under way."""
    DISBURSED = "disbursed"
    EXCHANGED_OUT = "exchanged_out"
    """What went for another currency."""

    @property
    def source(self) -> bool:
        """Whether the account grows by debits."""
        return self in (Account.PAID_IN, Account.RETURNED, Account.EXCHANGED_IN, Account.MEMO)


HELD = (Account.RESERVED, Account.COMMITTED, Account.ORDERED, Account.DISBURSED)
"""What a case can hold of a fund."""


class Leg(NamedTuple):
    """The two accounts of a transfer."""

    debit: Account
    credit: Account

    def effects(self) -> dict[Account, int]:
        """By how much each balance changes for every unit that is transferred."""
        return {self.debit: 1 if self.debit.source else -1, self.credit: -1 if self.credit.source else 1}


class TransferKind(StrEnum):
    """What a transfer does; each kind moves money between two fixed accounts."""

    ALLOT = "allot"
    """Lets a level that no investor pays into use what the level above it has, up to its cap."""
    MOVE_OUT = "move_out"
    """What a level may use goes to another part of the same whole, and its cap with it; MOVE_IN is the
    other half."""
    MOVE_IN = "move_in"
    SUPPLEMENT = "supplement"
    """A level may use more of what the one above it has, and its cap is higher; CUT is the opposite."""
    CUT = "cut"
    PLEDGE = "pledge"
    CALL = "call"
    PAY_IN = "pay_in"
    DRAW = "draw"
    """A call is met (or given up as in default): nothing is called any more."""
    PENDING = "pending"
    POST = "post"
    VOID = "void"
    EXPIRE = "expire"
    DECOMMIT = "decommit"
    ORDER = "order"
    """A payment is due: the money waits for the bank. Resolved by PAY or CANCEL."""
    PAY = "pay"
    CANCEL = "cancel"
    BOUNCE = "bounce"
    """The bank sent a payment back: corrects PAY."""
    CLAIM = "claim"
    """A payee owes money back."""
    SETTLE = "settle"
    """A claim is met, or given up."""
    RETURN = "return"
    SELL = "sell"
    """Money goes for another currency; BUY is the other half."""
    BUY = "buy"

    @property
    def legs(self) -> Leg:
        """The account to debit and the one to credit."""
        return _LEGS[self]

    @property
    def own(self) -> bool:
        """Whether it moves one level alone: what a part may use is not the money of the whole."""
        return self is TransferKind.ALLOT or self.caps != 0

    @property
    def caps(self) -> int:
        """Which way the cap of the level goes, for every unit that is transferred."""
        return _CAPS.get(self, 0)

    @property
    def holds(self) -> int:
        """Which way what a case holds of a level goes, for every unit that is transferred."""
        return sum(by for account, by in self.legs.effects().items() if account in HELD)

    @property
    def resolves(self) -> "TransferKind | None":
        """The kind of transfer that this one resolves or corrects, which happens to each at most once."""
        return _RESOLVES.get(self)


_A = Account
_LEGS = {
    TransferKind.ALLOT: Leg(_A.PAID_IN, _A.AVAILABLE),
    TransferKind.MOVE_OUT: Leg(_A.AVAILABLE, _A.PAID_IN),
    TransferKind.MOVE_IN: Leg(_A.PAID_IN, _A.AVAILABLE),
    TransferKind.SUPPLEMENT: Leg(_A.PAID_IN, _A.AVAILABLE),
    TransferKind.CUT: Leg(_A.AVAILABLE, _A.PAID_IN),
    TransferKind.PLEDGE: Leg(_A.MEMO, _A.PLEDGED),
    TransferKind.CALL: Leg(_A.PLEDGED, _A.CALLED),
    TransferKind.PAY_IN: Leg(_A.PAID_IN, _A.AVAILABLE),
    TransferKind.DRAW: Leg(_A.CALLED, _A.MEMO),
    TransferKind.PENDING: Leg(_A.AVAILABLE, _A.RESERVED),
    TransferKind.POST: Leg(_A.RESERVED, _A.COMMITTED),
    TransferKind.VOID: Leg(_A.RESERVED, _A.AVAILABLE),
    TransferKind.EXPIRE: Leg(_A.RESERVED, _A.AVAILABLE),
    TransferKind.DECOMMIT: Leg(_A.COMMITTED, _A.AVAILABLE),
    TransferKind.ORDER: Leg(_A.COMMITTED, _A.ORDERED),
    TransferKind.PAY: Leg(_A.ORDERED, _A.DISBURSED),
    TransferKind.CANCEL: Leg(_A.ORDERED, _A.COMMITTED),
    TransferKind.BOUNCE: Leg(_A.DISBURSED, _A.COMMITTED),
    TransferKind.CLAIM: Leg(_A.MEMO, _A.RECEIVABLE),
    TransferKind.SETTLE: Leg(_A.RECEIVABLE, _A.MEMO),
    TransferKind.RETURN: Leg(_A.RETURNED, _A.AVAILABLE),
    TransferKind.SELL: Leg(_A.AVAILABLE, _A.EXCHANGED_OUT),
    TransferKind.BUY: Leg(_A.EXCHANGED_IN, _A.AVAILABLE),
}
_CAPS = {
    TransferKind.MOVE_OUT: -1,
    TransferKind.MOVE_IN: 1,
    TransferKind.SUPPLEMENT: 1,
    TransferKind.CUT: -1,
}
REST = {TransferKind.POST: TransferKind.VOID, TransferKind.PAY: TransferKind.CANCEL}
"""What gives back what is left of a transfer that was resolved for less."""
_RESOLVES = {
    TransferKind.POST: TransferKind.PENDING,
    TransferKind.VOID: TransferKind.PENDING,
    TransferKind.EXPIRE: TransferKind.PENDING,
    TransferKind.PAY: TransferKind.ORDER,
    TransferKind.CANCEL: TransferKind.ORDER,
    TransferKind.BOUNCE: TransferKind.PAY,
    TransferKind.SETTLE: None,
}


class Transfer(Message):
    """One movement of money. ``amount`` is left out where it follows from what is on the books: what
    resolves another transfer takes all of it, DECOMMIT whatever of the commitment is not due or paid.
    """

    key: str
    kind: TransferKind
    fund: str
    """The level that the money is moved at; the levels above it move with it."""
    reservation: str
    """What this money goes back to: the key of the PENDING transfer, for PENDING its own."""
    resolves: str | None = None
    """Key of the transfer that this one resolves or corrects; the reservation where left out."""
    amount: Amount | None = None
    rate: Rate | None = None
    """For BUY: what was sold under the same reservation, by this rate, is ``amount``."""
    rank: int | None = None
    """For PENDING: its place among those that wait when there is too little; none: after all others."""
