"""What entries change in the books of a fund."""

from typing import Literal

from models.case.effects import Effect
from models.money.transfer import Transfer

BOOKS = "books"
"""The stage that entries about a fund itself are shown at."""


class Moves(Effect):
    """Money moves. Where a rule forbids it, nothing else of the entry happens either."""

    effect: Literal["moves"] = "moves"
    transfer: Transfer


class TakesUp(Effect):
    """The case takes note of the money that it was offered."""

    effect: Literal["takes-up"] = "takes-up"
    reservation: str


class Thaws(Effect):
    """Money can move again at a level of a fund."""

    effect: Literal["thaws"] = "thaws"
    level: str


class StopsWaiting(Effect):
    """The case waits for no money any more: it has ended, or asks for something else."""

    effect: Literal["stops-waiting"] = "stops-waiting"
