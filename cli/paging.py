"""Lists in pages: to people so many rows and how to go on, to programs all unless they ask for less."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from typing import Annotated, Any, NamedTuple, TypeVar

import typer
from sqlalchemy import Connection

from activities.paging import UnknownPlace, in_chunks
from cli.context import Context
from cli.errors import CommandError, Exit
from cli.output import Output, Row, print_rows, remark

AT_ONCE = 50
"""Rows of a table, unless --limit says otherwise."""

_LIMIT = "at most so many rows, 0: all; left out: 50 in a table, all as json, jsonl or csv"
_AFTER = "go on behind the row with this key; a table with more to come says which"

LimitOption = Annotated[int | None, typer.Option("--limit", min=0, max=10**9, help=_LIMIT)]
AfterOption = Annotated[str | None, typer.Option("--after", metavar="KEY", help=_AFTER)]

P = TypeVar("P", int, str)
Read = Callable[[Connection, int | None, P | None], Sequence[Row]]
"""Reads at most so many rows, from behind the row with a key."""


class Shown(NamedTuple):
    """How a list is shown; ``told`` makes of a row what is printed of it."""

    columns: Sequence[str]
    output: Output
    told: Callable[[Any], Row] = dict


def print_page(
    context: Context, read: Read[P], key: str, limit: int | None, after: P | None, shown: Shown
) -> None:
    """Print what ``read`` finds; ``key`` is the column by which a page begins behind the one before."""
    try:
        context.read(lambda connection: _print(connection, read, key, limit, after, shown))
    except UnknownPlace as error:
        hint = f"give the {key} of a row of this list, or leave --after out to begin at its first"
        raise CommandError(Exit.NOT_FOUND, f"--after: {error}", hint) from error


def number(after: str | None) -> int | None:
    """The number of the entry on record that ``--after`` names."""
    if after is None:
        return None
    if after.isascii() and after.isdecimal() and len(after) < 19:
        return int(after)
    what = f"--after: {after[:40]!r} is not the number of a record"
    raise CommandError(Exit.INVALID, what, "write the number of the last row that you have seen, e.g. 1234")


def _print(
    connection: Connection, read: Read[P], key: str, limit: int | None, after: P | None, shown: Shown
) -> None:
    if shown.output is not Output.TABLE:
        rows = read(connection, limit, after) if limit else _all(connection, read, key, after)
        print_rows(map(shown.told, rows), shown.columns, shown.output)
        return
    most = AT_ONCE if limit is None else limit
    found = read(connection, most + 1 if most else None, after)
    page = found[:most] if most else found
    print_rows(map(shown.told, page), shown.columns, shown.output)
    if len(page) < len(found):
        what = "1 row is" if most == 1 else f"{most} rows are"
        on = f"--after {page[-1][key]}, or --limit 0 for all."
        remark(f"{what} shown; there are more: {on}")


def _all(connection: Connection, read: Read[P], key: str, after: P | None) -> Iterable[Row]:
    """All rows, a chunk at a time; the first at once, so that nothing is printed before an error."""
    rows = in_chunks(lambda most, behind: list(read(connection, most, behind)), lambda row: row[key], after)
    return chain(list(islice(rows, 1)), rows)
