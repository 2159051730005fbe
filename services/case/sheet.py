"""A table that people hand over: the names of its columns, its rows, and what is wrong in it."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator

from models.base import Message

MAX_CELL = 10_000
QUOTE = 'put a cell that holds commas, line breaks or quotation marks in "…", and double each " inside it'


def shown(text: str) -> str:
    """``text`` in at most 60 printable characters."""
    printable = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text[:61])
    return printable if len(printable) <= 60 else f"{printable[:59]}…"


class Problem(Message):
    """What is wrong in a file, where, and what to do: one line of the report that people read."""

    row: int
    """As a spreadsheet numbers it, the header being 1; 0 for the whole file."""
    column: Annotated[str, BeforeValidator(shown)] = ""
    """As the file spells it; empty for the whole row."""
    value: Annotated[str, BeforeValidator(shown)] = ""
    reason: str
    hint: str = ""


class Columns(NamedTuple):
    """Which columns a table may have, by their names in small letters."""

    required: tuple[str, ...]
    fields: tuple[str, ...]
    """All that are told to people, the required ones first."""
    aliases: Mapping[str, str] = MappingProxyType({})
    """Other names of a field."""
    others: tuple[str, ...] = ()
    """What may be there, too, and is passed over or read apart."""
    beside: tuple[str, ...] = ()
    """Other names that may stand beside the field itself."""
    instead: "Columns | None" = None
    """A table of another form, known by the first column that it requires of ``others``."""

    @property
    def known(self) -> frozenset[str]:
        """Every name that a column may have."""
        return frozenset((*self.fields, *self.aliases, *self.others))

    def of(self, names: Iterable[str]) -> "Columns":
        """The form that a table with these columns has."""
        return self.instead if self.instead and self.instead.others[0] in names else self


class Sheet(NamedTuple):
    """A table of text; with ``problems``, it makes no sense as a whole, and has nothing else."""

    names: tuple[str, ...] = ()
    """Of its columns, as people mean them: in small letters."""
    rows: Iterable[tuple[int, list[str] | Problem]] = ()
    """As a spreadsheet numbers them, blank ones too; a Problem where one cannot be read."""
    problems: tuple[Problem, ...] = ()


def whole(reason: str, column: str = "", value: str = "", hint: str = "") -> Problem:
    """A problem of the file as a whole, or of one of its columns."""
    return Problem(row=0, column=column, value=value, reason=reason, hint=hint)
