"""The one way out of a command: lists as a table for people, JSON, JSON Lines and CSV for programs; lines.

What a terminal or a spreadsheet would obey is written out, whoever typed it (``models/text.py``).
"""

import csv
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.text import escaped, json_escaped, one_line

if TYPE_CHECKING:  # slow to import, and only a table needs it
    from rich.console import Console
    from rich.table import Table

_AS_WIDE_AS_NEEDED = 1000
"""Characters; where a table goes to a file or a pipe, no cell is folded."""

Row = Mapping[str, Any]


class Output(StrEnum):
    """The forms a list can take."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="table, json, jsonl or csv")]


def console() -> "Console":
    """Standard output, for what has a style."""
    from rich.console import Console

    fits = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if fits else _AS_WIDE_AS_NEEDED, highlight=False)


def tell(text: str) -> None:
    """Say something on standard output."""
    print(escaped(text))


def remark(text: str) -> None:
    """Say something beside the result, on standard error."""
    print(escaped(text), file=sys.stderr)


def head(text: str) -> None:
    """Say what the following lines are about."""
    from rich.text import Text

    console().print(Text(one_line(text), style="bold"), soft_wrap=True)


def tell_json(value: Any) -> None:
    """Print a value as JSON over several lines."""
    from rich.highlighter import JSONHighlighter
    from rich.text import Text

    console().print(JSONHighlighter()(Text(_json(value, indent=2))), soft_wrap=True)


def print_rows(rows: Iterable[Row], columns: Sequence[str], output: Output, title: str = "") -> None:
    """Print ``rows``: JSON has everything that is in a row, CSV ``columns``, a table those with a value.

    Each row is printed as it comes; only a table waits for the last, to know how wide its columns are.
    """
    match output:
        case Output.TABLE:
            _show_table(list(rows), columns, title)
        case Output.JSON:
            _write_json(rows)
        case Output.JSONL:
            for row in rows:
                print(_json(_plain(row)))
        case Output.CSV:
            writer = csv.writer(sys.stdout)
            writer.writerow(columns)
            writer.writerows([_cell(_text(row.get(column))) for column in columns] for row in rows)


def _show_table(rows: Sequence[Row], columns: Sequence[str], title: str) -> None:
    if rows:
        console().print(_table(rows, columns, title))
    else:
        remark("Nothing to show.")


def _table(rows: Sequence[Row], columns: Sequence[str], title: str) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(one_line(title)) if title else None,
        title_justify="left",
        header_style="bold",
        expand=False,
    )
    used = [column for column in columns if any(_text(row.get(column)) for row in rows)]
    for column in used:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        # Text, not str: what people typed must not be read as markup
        table.add_row(*(Text(_for_people(row.get(column))) for column in used))
    return table


def _write_json(rows: Iterable[Row]) -> None:
    """An array, as ``json.dumps(…, indent=2)`` writes it."""
    before = "[\n  "
    for row in rows:
        lines = _json(_plain(row), indent=2).replace("\n", "\n  ")
        sys.stdout.write(before + lines)
        before = ",\n  "
    sys.stdout.write("[]\n" if before.startswith("[") else "\n]\n")


def _json(value: Any, indent: int | None = None) -> str:
    return json_escaped(json.dumps(value, indent=indent, ensure_ascii=False))


def _plain(row: Row) -> dict[str, Any]:
    return {key: _text(value) if isinstance(value, date) else value for key, value in row.items()}


def _for_people(value: Any) -> str:
    return _text(value).replace("T", " ") if isinstance(value, datetime) else escaped(_text(value))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _cell(text: str) -> str:
    """No spreadsheet shall take text for a formula (OWASP: CSV injection), no terminal for an order."""
    return f"'{escaped(text)}" if text.startswith(_FORMULA) else escaped(text)


_FORMULA = tuple("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")  # the last four are full-width = + - @
