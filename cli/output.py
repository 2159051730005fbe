"""How lists are shown: a table for people, JSON, JSON Lines and CSV for programs."""

import csv
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

_AS_WIDE_AS_NEEDED = 1000
"""Characters; where a table goes to a file or a pipe, no cell is folded."""

console = Console(
    width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _AS_WIDE_AS_NEEDED, highlight=False
)


class Output(StrEnum):
    """The forms a list can take."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="table, json, jsonl or csv")]


def show(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], output: Output, title: str = "") -> None:
    """Print ``rows``: JSON has everything that is in a row, CSV ``columns``, a table those with a value."""
    listed = [dict(row) for row in rows]
    match output:
        case Output.TABLE if not listed:
            print("Nothing to show.", file=sys.stderr)
        case Output.TABLE:
            console.print(_table(listed, columns, title))
        case Output.JSON:
            print(json.dumps([_plain(row) for row in listed], indent=2, ensure_ascii=False))
        case Output.JSONL:
            for row in listed:
                print(json.dumps(_plain(row), ensure_ascii=False))
        case Output.CSV:
            writer = csv.writer(sys.stdout)
            writer.writerow(columns)
            writer.writerows([_harmless(_text(row.get(column))) for column in columns] for row in listed)


def _table(rows: list[dict[str, Any]], columns: Sequence[str], title: str) -> Table:
    table = Table(title=title or None, title_justify="left", header_style="bold", expand=False)
    used = [column for column in columns if any(_text(row.get(column)) for row in rows)]
    for column in used:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        # Text, not str: what people typed must not be read as markup
        table.add_row(*(Text(_for_people(row.get(column))) for column in used))
    return table


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _text(value) if isinstance(value, date) else value for key, value in row.items()}


def _for_people(value: Any) -> str:
    return _text(value).replace("T", " ") if isinstance(value, datetime) else _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _harmless(cell: str) -> str:
    """No spreadsheet shall take text for a formula (OWASP: CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


_FORMULA = tuple("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")  # the last four are full-width = + - @
