"""A file of proposals as it is handed over: the names of its columns, its rows, and what is wrong in it."""

from collections.abc import Iterable
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
    """What is wrong in a file, where, and what to do: one line of the report a coordinator reads."""

    row: int
    """As a spreadsheet numbers it, the header being 1; 0 for the whole file."""
    column: Annotated[str, BeforeValidator(shown)] = ""
    """As the file spells it; empty for the whole row."""
    value: Annotated[str, BeforeValidator(shown)] = ""
    reason: str
    hint: str = ""


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
