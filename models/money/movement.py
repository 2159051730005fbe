"""Movements: what a transfer comes to, once it is known how much of what may move. Pure."""

from typing import NamedTuple

from models.money.transfer import Account, Transfer, TransferKind


class Movement(NamedTuple):
    """A transfer with its amount; one wish can be two of them, where a rest goes back."""

    key: str
    kind: TransferKind
    wish: Transfer
    resolves: str | None
    amount: int
    currency: str
    limited: tuple[str, ...] = ()
    """The levels with portfolio rules that it moves."""

    @property
    def frees(self) -> bool:
        """Whether others can have the money now."""
        return self.kind.legs.effects().get(Account.AVAILABLE, 0) > 0
