"""How lists are shown: a table for people, JSON, JSON Lines and CSV for programs."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console(width=None if sys.stdout.isatty() else 160)


class Output(StrEnum):
    """The forms a list can take."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="table, json, jsonl or csv")]


def show(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], output: Output, title: str = "") -> None:
    """Print ``rows``; a table shows ``columns``, the other forms everything that is in a row."""
    listed = [dict(row) for row in rows]
    match output:
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
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        # Text, not str: what people typed must not be read as markup
        table.add_row(*(Text(_text(row.get(column))) for column in columns))
    return table


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _text(value) if isinstance(value, date) else value for key, value in row.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def _harmless(cell: str) -> str:
    """No spreadsheet shall take text for a formula (OWASP: CSV injection)."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\0") else cell
