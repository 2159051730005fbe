"""Pages: a reader returns at most ``limit`` rows, in the order of its key, from behind the row ``after``."""

from collections.abc import Callable, Iterator
from typing import TypeVar

R = TypeVar("R")
P = TypeVar("P", int, str)

CHUNK = 500
"""So many rows are held at once where all are wanted."""


class UnknownPlace(ValueError):
    """There is no row by the key that a page should follow."""

    def __init__(self, place: int | str) -> None:
        super().__init__(f"There is nothing listed under {str(place)[:60]!r}.")


def in_chunks(
    page: Callable[[int, P | None], list[R]], place: Callable[[R], P], after: P | None = None
) -> Iterator[R]:
    """All rows behind ``after``, as ``page(limit, after)`` reads them; ``place`` is the key of a row."""
    while rows := page(CHUNK, after):
        yield from rows
        if len(rows) < CHUNK:
            return
        after = place(rows[-1])
