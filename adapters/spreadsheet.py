"""A file as a table of text: its encoding, its separators, its rows, the names of its columns."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import count
from pathlib import Path

from adapters.documents import read_bytes
from services.case.sheet import MAX_CELL, QUOTE, Columns, Problem, Sheet, whole

MAX_BYTES = 50_000_000
MAX_COLUMNS = 100
_SAVE_AS = "open the file in the spreadsheet program and save as CSV UTF-8, with commas between the columns"


def read_sheet(path: Path, columns: Columns) -> Sheet:
    """A table in CSV with these columns. InvalidFile: it cannot be opened."""
    data = read_bytes(path, MAX_BYTES)
    if problem := not_a_table(data, columns):
        return Sheet(problems=(problem,))
    rows = table_rows(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=""))
    header = next(rows, (1, []))[1]
    if isinstance(header, Problem):
        return Sheet(problems=(header,))
    names = [column_name(cell) for cell in header[: 2 * MAX_COLUMNS]]
    while names and not names[-1]:
        names.pop()
    problems = tuple(header_problems(names, columns))
    return Sheet(problems=problems) if problems else Sheet(tuple(names), rows)


def not_a_table(data: bytes, columns: Columns) -> Problem | None:
    """Why these bytes are no table of UTF-8 text with commas, if so."""
    if len(data) > MAX_BYTES:
        return whole(f"the file is larger than {MAX_BYTES // 10**6} MB", hint="split it into several files")
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        return whole(
            "the file is empty", hint=f"the first row names the columns: {', '.join(columns.required)}"
        )
    first = data.partition(b"\n")[0]
    wrong = first.find(b"\0")  # ASCII in UTF-16 is UTF-8 with a NUL beside every letter
    try:
        data.decode()
    except UnicodeDecodeError as error:
        wrong = min(wrong, error.start) if wrong >= 0 else error.start
    if wrong >= 0:
        line, start = data.count(b"\n", 0, wrong) + 1, data.rfind(b"\n", 0, wrong) + 1
        reason = f"line {line}, byte {wrong - start + 1} ({data[wrong]:#04x}): this is not text in UTF-8"
        return whole(reason, value=ascii(data[start : wrong + 1][-20:])[2:-1], hint=_SAVE_AS)
    heading = first[:10_000].decode("utf-8-sig", "ignore")
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        cells = {column_name(cell.strip('"')) for cell in heading.split(mark)}
        if len(cells & {*columns.fields, *columns.aliases}) > 1:
            return whole(f"the columns are separated by {name}, not by commas", hint=_SAVE_AS)
    return None


def table_rows(text: io.TextIOWrapper) -> Iterator[tuple[int, list[str] | Problem]]:
    """Every row as a spreadsheet counts them, blank ones too; a Problem where its quotes are broken."""
    reader = csv.reader(text, strict=True)
    for number in count(1):
        record = _next_row(reader, number)
        if record is None:
            return
        yield number, record


def _next_row(reader: Iterator[list[str]], number: int) -> list[str] | Problem | None:
    before = csv.field_size_limit(MAX_BYTES)  # of the process; a long cell is refused later, by its column
    try:
        return next(reader, None)
    except csv.Error as error:
        reason = "the quotation marks in this row do not pair up"
        if "end of data" in str(error):
            reason = "a quotation mark opens here and never closes; what follows it was not read"
        return Problem(row=number, reason=reason, hint=QUOTE)
    finally:
        csv.field_size_limit(before)


def column_name(cell: str) -> str:
    """The name of a column, however it was typed."""
    return unicodedata.normalize("NFC", cell[:MAX_CELL]).strip().casefold()


def header_problems(names: list[str], columns: Columns) -> Iterator[Problem]:
    """What is wrong with the names of the columns."""
    form = columns.of(names)
    if not names or len(names) > MAX_COLUMNS:
        reason = f"the first row has to name the columns, at most {MAX_COLUMNS}"
        yield whole(reason, hint=f"the file needs {', '.join(columns.required)}")
        return
    for place, name in enumerate(names, 1):
        if not name:
            yield whole(f"column {place} has no name", hint="name it, or delete the column")
        elif name in names[: place - 1]:
            yield whole("two columns have this name", name, name, "delete one of them")
        elif name not in form.known:
            close = get_close_matches(name[:60], sorted({*columns.fields, *columns.aliases}), 1)
            hint = f"did you mean {close[0]}?" if close else f"the columns are {', '.join(columns.fields)}"
            yield whole("there is no column of this name", name, name, hint)
        elif form.aliases.get(name) in names and name not in form.beside:
            yield whole(
                f"the column means the same as {form.aliases[name]}", name, name, "delete one of them"
            )
    found = {form.aliases.get(name, name) for name in names}
    for name in form.required:
        if name not in found:
            yield whole("this column is missing", name, hint=f"the file needs {', '.join(columns.required)}")
