"""Pages: a reader returns at most ``limit`` rows, in the order of its key, from behind the row ``after``."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, CompoundSelect, Select, select, union_all

R = TypeVar("R")
P = TypeVar("P", int, str)

CHUNK = 500
"""So many rows are held at once where all are wanted."""


class UnknownPlace(ValueError):
    """There is no row by the key that a page should follow."""

    def __init__(self, place: int | str) -> None:
        super().__init__(f"There is nothing listed under {str(place)[:60]!r}.")


def merged(parts: Sequence[Select[Any]], *order: Column[Any]) -> Select[Any] | CompoundSelect[Any]:
    """All rows of ``parts`` in the order of these columns; each part is read by an index in that order.

    The database merges them as they come, and stops at a limit; it would sort what ``in`` or ``or`` finds.
    """
    ordered = [part.order_by(*order) for part in parts]
    if len(ordered) == 1:
        return ordered[0]
    together = union_all(*(select(part.subquery()) for part in ordered))
    return together.order_by(*(together.selected_columns[column.name] for column in order))


def in_chunks(
    page: Callable[[int, P | None], list[R]], place: Callable[[R], P], after: P | None = None
) -> Iterator[R]:
    """All rows behind ``after``, as ``page(limit, after)`` reads them; ``place`` is the key of a row."""
    while rows := page(CHUNK, after):
        yield from rows
        if len(rows) < CHUNK:
            return
        after = place(rows[-1])
