"""Differences, as people read them."""

import json
from collections.abc import Iterable
from typing import Any

from cli.output import Output, print_rows
from models.case.difference import Change

COLUMNS = ("path", "what", "before", "after")


def show_changes(changes: Iterable[Change], output: Output) -> None:
    """One row for each key that differs."""
    print_rows((_row(change, output) for change in changes), COLUMNS, output)


def _row(change: Change, output: Output) -> dict[str, Any]:
    row = change._asdict()
    if output in (Output.JSON, Output.JSONL):
        return row
    return row | {side: _text(row[side]) for side in ("before", "after")}


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)
