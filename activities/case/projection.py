"""Projections: what an effect does to the tables, in the transaction of its entry.

A system registers the projections of its effects where the database is put together; the record knows none.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection

from models.case.effects import Effect
from models.case.record import Entry, Receipt, Source
from models.case.rule import Broken


class Writing(NamedTuple):
    """An entry that is being written."""

    connection: Connection
    entry: Entry
    source: Source
    seq: int
    told: Receipt | None = None
    """What its writer was told, where it is written again; None: it is new. The instants of a deadline are
    taken from there: nobody has the calendar of that day any more."""


class Others(NamedTuple):
    """An entry that follows for somebody else's case, in the same transaction."""

    source: Source
    entry: Entry
    dropped: Callable[[], None] = lambda: None
    """What happens where its transfer is refused after all."""


class Projection(NamedTuple):
    """What is done with the effects of one name, in this order."""

    effect: type[Effect]
    admit: Callable[[Writing, Any], object] | None = None
    """Before the entry is inserted: Broken refuses it, Opened is told to its writer. Whatever else it answers
    is handed to ``apply`` and ``follow``."""
    apply: Callable[[Writing, Any, Any], None] | None = None
    """Once the entry is inserted."""
    refused: Callable[[Writing, Any, Broken], None] | None = None
    """Where the entry was refused because of this effect."""
    follow: Callable[[Writing, Any, Any], Iterable[Others]] | None = None
    """What follows for other cases."""
    given: tuple[str, ...] = ()
    """Rules that it judges by what is not on record: what one of them refused is not judged again."""
    wakes: Callable[[Any], bool] = lambda _: False
    """Whether somebody may have to hear of it who is not waiting for the receipt."""


class Projections:
    """All projections of an installation, by the name of their effect."""

    def __init__(self, projections: Iterable[Projection]) -> None:
        self._by_name: dict[str, list[Projection]] = {}
        for one in projections:
            of = self._by_name.setdefault(one.effect.model_fields["effect"].default, [])
            if of and of[0].effect is not one.effect:
                raise ValueError(f"{one.effect.__name__} bears the name of {of[0].effect.__name__}")
            of.append(one)

    def of(self, entry: Entry) -> list[tuple[Projection, Any]]:
        """The projections of every effect of an entry, with the effect as what it is.

        KeyError: nobody has registered what such an effect does; then nothing may be written.
        """
        return [
            (projection, projection.effect.of(effect))
            for effect in entry.effects
            for projection in self._by_name[effect.effect]
        ]


def registered(connection: Connection) -> Projections:
    """The projections that the database of this connection was put together with."""
    find: Callable[[], Projections] = connection.get_execution_options()["projections"]
    return find()
