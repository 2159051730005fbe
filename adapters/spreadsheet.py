"""A file as a table of text: its encoding, its separators, its rows, the names of its columns."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import count

from services.partnership.cells import ALIASES, FIELDS, PROJECT_LIST, REQUIRED, Problem

MAX_BYTES = 50_000_000
MAX_CELL = 10_000
MAX_COLUMNS = 100
QUOTE = 'put a cell that holds commas, line breaks or quotation marks in "…", and double each " inside it'
_SAVE_AS = "open the file in the spreadsheet program and save as CSV UTF-8, with commas between the columns"


def not_a_table(data: bytes) -> Problem | None:
    """Why these bytes are no table of UTF-8 text with commas, if so."""
    if len(data) > MAX_BYTES:
        return whole(f"the file is larger than {MAX_BYTES // 10**6} MB", hint="split it into several files")
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        return whole("the file is empty", hint=f"the first row names the columns: {', '.join(REQUIRED)}")
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
        if len(cells & {*FIELDS, *ALIASES}) > 1:
            return whole(f"the columns are separated by {name}, not by commas", hint=_SAVE_AS)
    return None


def whole(reason: str, column: str = "", value: str = "", hint: str = "") -> Problem:
    """A problem of the file as a whole, or of one of its columns."""
    return Problem(row=0, column=column, value=value, reason=reason, hint=hint)


def table_rows(text: io.TextIOWrapper) -> Iterator[tuple[int, list[str] | Problem]]:
    """Every row as a spreadsheet counts them, blank ones too; a Problem where its quotes are broken."""
    reader = csv.reader(text, strict=True)
    for number in count(1):
        record: list[str] | Problem | None
        try:
            record = next(reader, None)
        except csv.Error as error:
            reason = "the quotation marks in this row do not pair up"
            if "end of data" in str(error):
                reason = "a quotation mark opens here and never closes; what follows it was not read"
            record = Problem(row=number, reason=reason, hint=QUOTE)
        if record is None:
            return
        yield number, record


def column_name(cell: str) -> str:
    """The name of a column, however it was typed."""
    return unicodedata.normalize("NFC", cell[:MAX_CELL]).strip().casefold()


def header_problems(names: list[str]) -> Iterator[Problem]:
    """What is wrong with the names of the columns."""
    listed, known = PROJECT_LIST[0] in names, {*FIELDS, *ALIASES}
    if not names or len(names) > MAX_COLUMNS:
        reason = f"the first row has to name the columns, at most {MAX_COLUMNS}"
        yield whole(reason, hint=f"the file needs {', '.join(REQUIRED)}")
        return
    for place, name in enumerate(names, 1):
        if not name:
            yield whole(f"column {place} has no name", hint="name it, or delete the column")
        elif name in names[: place - 1]:
            yield whole("two columns have this name", name, name, "delete one of them")
        elif name not in known and not (listed and name in PROJECT_LIST):
            close = get_close_matches(name[:60], sorted(known), 1)
            hint = f"did you mean {close[0]}?" if close else f"the columns are {', '.join(FIELDS)}"
            yield whole("there is no column of this name", name, name, hint)
        elif ALIASES.get(name) in names and not (listed and name == "iso_alpha2"):
            yield whole(f"the column means the same as {ALIASES[name]}", name, name, "delete one of them")
    found = {ALIASES.get(name, name) for name in names}
    for name in REQUIRED[:2] if listed else REQUIRED:
        if name not in found:
            yield whole("this column is missing", name, hint=f"the file needs {', '.join(REQUIRED)}")
