"""Acts on a fund itself: freezing it, calling capital, what payees owe. Two people, except to stop it."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.amount import Minor
from models.base import Message, PersonId, Prose, digest
from models.money.rate import Rate
from models.money.transfer import TransferKind


class FundAct(StrEnum):
    """What can be done to a level of a fund."""

    FREEZE = "freeze"
    """Nothing is reserved or paid any more. One person may: stopping must not wait for a second."""
    THAW = "thaw"
    CALL = "call"
    """Ask an investor to pay a part of their pledge."""
    RECEIVE = "receive"
    """An investor paid what was called."""
    DEFAULT = "default"
    """An investor does not pay what was called: it will not come."""
    REALLOCATE = "reallocate"
    """What one part of a fund may use, another part of the same whole may use; their caps follow."""
    EXCHANGE = "exchange"
    """Sell some of one currency, for another fund to have the other."""
    CLAIM = "claim"
    """A payee owes money back: over-paid, or spent on what is not eligible."""
    REPAY = "repay"
    """A payee paid back what was claimed."""
    WRITE_OFF = "write-off"
    """A claim is given up."""

    @property
    def transfers(self) -> tuple[TransferKind, ...]:
        """How it moves money, in this order."""
        return _TRANSFERS.get(self, ())


_TRANSFERS = {
    FundAct.CALL: (TransferKind.CALL,),
    FundAct.RECEIVE: (TransferKind.PAY_IN, TransferKind.DRAW),
    FundAct.DEFAULT: (TransferKind.DRAW,),
    FundAct.REALLOCATE: (TransferKind.MOVE_OUT, TransferKind.MOVE_IN),
    FundAct.EXCHANGE: (TransferKind.SELL, TransferKind.BUY),
    FundAct.CLAIM: (TransferKind.CLAIM,),
    FundAct.REPAY: (TransferKind.RETURN, TransferKind.SETTLE),
    FundAct.WRITE_OFF: (TransferKind.SETTLE,),
}

OWED = (FundAct.CLAIM, FundAct.REPAY, FundAct.WRITE_OFF)
"""Acts on what a payee owes: they name a payment; the others that move money name an investor."""


class FundOrder(Message):
    """An act on a level of a fund, with its reason; the same words from a second person carry it out."""

    act: FundAct
    level: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]
    of: str | None = Field(default=None, max_length=200)
    """The investor, the payment that a claim is about, the level that buys or is given; for money alone."""
    amount: Minor | None = None
    """Minor units."""
    rate: Rate | None = None
    """For an exchange, and for nothing else."""

    @model_validator(mode="after")
    def _has_a_rate_for_an_exchange(self) -> Self:
        if (self.act is FundAct.EXCHANGE) != (self.rate is not None):
            raise ValueError("an exchange has a rate, and nothing else has one")
        return self

    @model_validator(mode="after")
    def _says_how_much_of_what(self) -> Self:
        moves = bool(self.act.transfers)
        if moves != (self.amount is not None) or moves != (self.of is not None):
            needs = "needs" if moves else "takes neither"
            raise ValueError(f"{self.act} {needs} an amount and whose it is")
        return self

    def asked(self) -> dict[str, object]:
        """What two people must both say."""
        return {name: value for name, value in self.content().items() if name not in ("actor", "reason")}

    @property
    def request(self) -> str:
        """The digest of what two people must both say: two orders with the same one are the same request."""
        return digest(self.asked())
