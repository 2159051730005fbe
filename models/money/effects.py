"""What entries change in the books of a fund."""

from typing import Literal

from models.base import Role
from models.case.effects import Effect
from models.money.limits import Limits
from models.money.transfer import Transfer

BOOKS = "books"
"""The stage that entries about a fund itself are shown at."""


class Moves(Effect):
    """Money moves. Where a rule forbids it, nothing else of the entry happens either."""

    effect: Literal["moves"] = "moves"
    transfer: Transfer


class Founds(Effect):
    """There is a level of a fund, without money so far."""

    effect: Literal["founds"] = "founds"
    id: str
    root: str
    parent: str | None = None
    level: str
    name: str
    currency: str
    cap: int
    managers: tuple[Role, ...] | None = None
    """Of a fund: the roles that act on it; None of its parts."""
    limits: Limits | None = None


class Freezes(Effect):
    """Nothing is reserved or paid any more at a level of a fund, nor below it."""

    effect: Literal["freezes"] = "freezes"
    level: str
    why: str


class TakesUp(Effect):
    """The case takes note of the money that it was offered."""

    effect: Literal["takes-up"] = "takes-up"
    reservation: str


class Thaws(Effect):
    """Money can move again at a level of a fund."""

    effect: Literal["thaws"] = "thaws"
    level: str


class Amends(Effect):
    """Other terms of a level are in force; what is left out stays. Where money was allotted, a cap changes
    by a transfer instead.
    """

    effect: Literal["amends"] = "amends"
    level: str
    cap: int | None = None
    managers: tuple[Role, ...] | None = None
    limits: Limits | None = None


class StopsWaiting(Effect):
    """The case waits for no money any more: it has ended, or asks for something else."""

    effect: Literal["stops-waiting"] = "stops-waiting"
