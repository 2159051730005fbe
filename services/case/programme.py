"""Programmes of every kind: how a file of each is read, what it asks of people, which codes it names.

A system gives a kind of its own; ``services/programmes.py`` has them all.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, cast

from activities.case.registry import Kept, Terms
from models.case.duty import Duty
from models.case.staffing import Step
from models.files import InvalidFile, meant, read_as


class Programme(Terms, Protocol):
    """What the programmes of all kinds have, beside what the registry keeps of them."""

    @property
    def kind(self) -> str:
        """The name of its kind, as its file says it."""
        ...

    @property
    def title(self) -> str: ...
    @property
    def zone(self) -> str:
        """The zone in which a day ends."""
        ...

    @property
    def duties(self) -> tuple[Duty, ...]: ...
    @property
    def fund(self) -> Any:
        """The ``models.money.fund.Fund`` that its money comes from; None: no money moves in its cases. What
        every case has looks into none.
        """
        ...

    def in_full(self) -> Mapping[str, Any]:
        """All that holds, defaults included."""
        ...


class ProgrammeKind(NamedTuple):
    """A kind of programme: its name, how its file is read, and what can be known of one before it is run."""

    name: str
    """What a file says as ``kind = "…"``."""
    model: type[Programme]
    """A pydantic model that refuses unknown keys; its ``kind`` is a ``Literal`` of the name."""
    problems: Callable[[Any], list[str]]
    """The codes in a programme that nobody knows, each with its key: ``founder: 'UK' is not …``."""
    steps: Callable[[Any], tuple[Step, ...]]
    """The steps that people are needed for, in the order of the procedure."""


class AllProgrammes:
    """The programmes of every kind that there is. A file that names no kind is one of the first."""

    def __init__(self, first: ProgrammeKind, *others: ProgrammeKind) -> None:
        self._first = first.name
        self._kinds = {one.name: one for one in (first, *others)}

    def read(self, values: Mapping[str, Any]) -> Programme:
        """The programme that a file holds. InvalidFile: which key breaks which rule."""
        if not values:
            raise InvalidFile("the file is empty; docs/programme.md has the smallest programme that works")
        model = self._named(values.get("kind", self._first)).model
        return cast(Programme, read_as(cast(type[Any], model), values))

    def of(self, kept: Kept) -> Programme:
        """The programme that the registry keeps. InvalidFile: today's code cannot read it."""
        return self.read(json.loads(kept.content))

    def problems(self, programme: Programme) -> list[str]:
        """The codes in a programme that nobody knows, each with its key."""
        return self._kinds[programme.kind].problems(programme)

    def steps(self, programme: Programme) -> tuple[Step, ...]:
        """The steps of a case of this programme that people are needed for, in their order."""
        return self._kinds[programme.kind].steps(programme)

    def _named(self, name: object) -> ProgrammeKind:
        if isinstance(name, str) and name in self._kinds:
            return self._kinds[name]
        what = f"there is no kind of programme {str(name)[:60]!r}"
        raise InvalidFile(f"kind: {what}; {meant(str(name), list(self._kinds))}")
