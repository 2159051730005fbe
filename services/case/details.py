"""What is particular to the cases of one kind, for those who look at cases of every kind.

A system gives a reader of its own; ``services/details.py`` has them all.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection

from models.amount import Amount
from models.case.case import Kind

Facts = Mapping[str, object]
"""Facts by name, as they are shown; a mapping among them is for programs only."""


class Details(NamedTuple):
    """What is particular to one case: what it asks for, and its facts."""

    amount: Amount | None = None
    facts: Facts = MappingProxyType({})


class DetailsOfKind(NamedTuple):
    """How the details of a kind of case are read, and by which facts its gates may be chosen."""

    kind: Kind
    read: Callable[[Connection, str], Details]
    exact: tuple[str, ...] = ()
    """Facts of which a choice must name the whole value."""
    partly: tuple[str, ...] = ()
    """Facts of which a part is enough."""


class AllDetails:
    """The details of every kind of case that there is."""

    def __init__(self, *kinds: DetailsOfKind) -> None:
        self._kinds = {one.kind.name: one for one in kinds}

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of any kind."""
        return self._of(lambda one: one.kind.stages)

    @property
    def exact(self) -> tuple[str, ...]:
        """The facts of any kind of which a choice must name the whole value."""
        return self._of(lambda one: one.exact)

    @property
    def partly(self) -> tuple[str, ...]:
        """The facts of any kind of which a part is enough."""
        return self._of(lambda one: one.partly)

    def of(self, connection: Connection, kind: str, number: str) -> Details:
        """The details of one case; none for a kind without particulars."""
        found = self._kinds.get(kind)
        return found.read(connection, number) if found else Details()

    def _of(self, names: Callable[[DetailsOfKind], tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for kind in self._kinds.values() for name in names(kind)))
