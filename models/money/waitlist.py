"""The waiting list: who waits for money that has run out, and in which order. Pure."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from models.base import Message

LAST = 2**62
"""The rank of whoever has none: after all that have one."""


class WaitState(StrEnum):
    """What has become of a wish for money."""

    WAITING = "waiting"
    OFFERED = "offered"
    """The money is reserved; the case has not yet taken note."""
    TAKEN = "taken"
    LEFT = "left"
    """The case has ended, or asks for something else."""


class Waiting(NamedTuple):
    """A wish in the queue: how much, at which level, and its turn."""

    reservation: str
    case: str
    workflow_id: str
    fund: str
    amount: int
    currency: str
    rank: int
    record: int


class Wish(Message):
    """The question what has become of a wish for money, by its reservation."""

    reservation: str


class Offer(Message):
    """Whether the money waited for is reserved now."""

    made: bool


def turns(
    queue: Iterable[Waiting], lineage: Callable[[str], list[str]], available: dict[str, int]
) -> Iterator[Waiting]:
    """Whose turn it is, in the order of ``queue``, with so much ``available`` at each level.

    Nobody is overtaken by somebody who wants money of a level at which they come up short; who is short at
    a level that others do not need holds nobody up.
    """
    left, wanted = dict(available), dict[str, int]()
    for waiting in queue:
        levels = lineage(waiting.fund)
        # whoever was passed over may come up short only by what was given away since
        if all(left[level] >= max(waiting.amount, wanted.get(level, 0)) for level in levels):
            for level in levels:
                left[level] -= waiting.amount
            yield waiting
        else:
            wanted |= {level: max(waiting.amount, wanted.get(level, 0)) for level in levels}
