"""Files that people hand in: proposals as CSV, one row each, or a single one as TOML."""

import csv
import io
import json
import tomllib
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import count
from pathlib import Path

from pydantic import ValidationError

from models.base import Message
from models.codes import proposal_problems
from models.partnership import Proposal
from models.programme import InvalidFile, Programme
from runtime.cells import ALIASES, FIELDS, PROJECT_LIST, REQUIRED, Problem, faults, not_a_day, read_row, shown

__all__ = ["Intake", "Problem", "read_csv", "read_toml"]

MAX_BYTES = 50_000_000
MAX_ROWS = 10_000
MAX_CELL = 10_000
MAX_TOML = 64_000
_MAX_COLUMNS = 100
_SAVE_AS = "open the file in the spreadsheet program and save as CSV UTF-8, with commas between the columns"
_QUOTE = 'put a cell that holds commas, line breaks or quotation marks in "…", and double each " inside it'


class Intake(Message):
    """What a file of proposals holds: those that may be handed in, each with its row, and the rest."""

    rows: tuple[tuple[int, Proposal], ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """The proposals without their rows."""
        return tuple(proposal for _, proposal in self.rows)


def read_csv(path: Path, proposer: str, programme: Programme) -> Intake:
    """Read a file of proposals for ``programme``.

    Every row that is not blank ends up as a proposal or under ``problems``, never both. A file that
    makes no sense as a whole gives problems and no proposals. InvalidFile: it cannot be opened.
    """
    data = _read(path, MAX_BYTES)
    if problem := _not_a_table(data):
        return Intake(problems=(problem,))
    records = _records(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=""))
    before = csv.field_size_limit(MAX_BYTES)  # of the process; long cells are refused below, by column
    try:
        header = next(records, (1, []))[1]
        if isinstance(header, Problem):
            return Intake(problems=(header,))
        names = [_name(cell) for cell in header[: 2 * _MAX_COLUMNS]]
        while names and not names[-1]:
            names.pop()
        problems = tuple(_header_problems(names))
        return Intake(problems=problems) if problems else _rows(records, names, proposer, programme)
    finally:
        csv.field_size_limit(before)


def read_toml(path: Path, proposer: str) -> Proposal:
    """Read one proposal; its fields are the keys of the file. InvalidFile: file, key, and the rule."""
    data = _read(path, MAX_TOML)
    if len(data) > MAX_TOML:
        raise InvalidFile(f"{path.name}: the file is larger than a proposal can be ({MAX_TOML:,} bytes)")
    try:
        values = json.loads(json.dumps(tomllib.loads(data.decode("utf-8-sig")), default=str, allow_nan=False))
    except (ValueError, RecursionError) as error:
        raise InvalidFile(f"{path.name}: this cannot be read as TOML in UTF-8: {error}") from error
    wrong = list(not_a_day(values))
    if values.setdefault("proposer", proposer) != proposer:
        wrong.append(("proposer", f"the proposal is handed in by {proposer}; leave this out"))
    try:
        proposal = Proposal.model_validate(values)
    except ValidationError as error:
        wrong += faults(error, values)
    else:
        wrong += [("country or currency", problem) for problem in proposal_problems(proposal)]
    if wrong:
        text = "; ".join(f"{shown(field)}: {reason}" for field, reason in dict(wrong[::-1]).items())
        raise InvalidFile(f"{path.name}: {text}")
    return proposal


def _read(path: Path, limit: int) -> bytes:
    """The file, or one byte more than ``limit`` of it."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = (
            "there is no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        )
        raise InvalidFile(f"{path}: {reason}; check the name, the folder and the rights") from error


def _not_a_table(data: bytes) -> Problem | None:
    """Why these bytes are no table of UTF-8 text with commas, if so."""
    if len(data) > MAX_BYTES:
        return _whole(f"the file is larger than {MAX_BYTES // 10**6} MB", hint="split it into several files")
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        return _whole("the file is empty", hint=f"the first row names the columns: {', '.join(REQUIRED)}")
    first = data.partition(b"\n")[0]
    wrong = first.find(b"\0")  # ASCII in UTF-16 is UTF-8 with a NUL beside every letter
    try:
        data.decode()
    except UnicodeDecodeError as error:
        wrong = min(wrong, error.start) if wrong >= 0 else error.start
    if wrong >= 0:
        line, start = data.count(b"\n", 0, wrong) + 1, data.rfind(b"\n", 0, wrong) + 1
        reason = f"line {line}, byte {wrong - start + 1} ({data[wrong]:#04x}): this is not text in UTF-8"
        return _whole(reason, value=ascii(data[start : wrong + 1][-20:])[2:-1], hint=_SAVE_AS)
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        cells = {_name(cell.strip('"')) for cell in first[:10_000].decode("utf-8-sig", "ignore").split(mark)}
        if len(cells & {*FIELDS, *ALIASES}) > 1:
            return _whole(f"the columns are separated by {name}, not by commas", hint=_SAVE_AS)
    return None


def _whole(reason: str, column: str = "", value: str = "", hint: str = "") -> Problem:
    return Problem(row=0, column=column, value=value, reason=reason, hint=hint)


def _records(text: io.TextIOWrapper) -> Iterator[tuple[int, list[str] | Problem]]:
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
            record = Problem(row=number, reason=reason, hint=_QUOTE)
        if record is None:
            return
        yield number, record


def _name(cell: str) -> str:
    return unicodedata.normalize("NFC", cell[:MAX_CELL]).strip().casefold()


def _header_problems(names: list[str]) -> Iterator[Problem]:
    """What is wrong with the names of the columns."""
    listed, known = PROJECT_LIST[0] in names, {*FIELDS, *ALIASES}
    if not names or len(names) > _MAX_COLUMNS:
        reason = f"the first row has to name the columns, at most {_MAX_COLUMNS}"
        yield _whole(reason, hint=f"the file needs {', '.join(REQUIRED)}")
        return
    for place, name in enumerate(names, 1):
        if not name:
            yield _whole(f"column {place} has no name", hint="name it, or delete the column")
        elif name in names[: place - 1]:
            yield _whole("two columns have this name", name, name, "delete one of them")
        elif name not in known and not (listed and name in PROJECT_LIST):
            close = get_close_matches(name[:60], sorted(known), 1)
            hint = f"did you mean {close[0]}?" if close else f"the columns are {', '.join(FIELDS)}"
            yield _whole("there is no column of this name", name, name, hint)
        elif ALIASES.get(name) in names and not (listed and name == "iso_alpha2"):
            yield _whole(f"the column means the same as {ALIASES[name]}", name, name, "delete one of them")
    found = {ALIASES.get(name, name) for name in names}
    for name in REQUIRED[:2] if listed else REQUIRED:
        if name not in found:
            yield _whole("this column is missing", name, hint=f"the file needs {', '.join(REQUIRED)}")


def _rows(
    records: Iterator[tuple[int, list[str] | Problem]], names: list[str], proposer: str, programme: Programme
) -> Intake:
    rows: list[tuple[int, Proposal]] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    key = PROJECT_LIST[0] if PROJECT_LIST[0] in names else "case"
    for number, record in records:
        if number > MAX_ROWS + 1:
            hint = "split it into several files, and delete empty rows at its end"
            return Intake(problems=(_whole(f"the file has more than {MAX_ROWS:,} rows", hint=hint),))
        if isinstance(record, Problem):
            problems.append(record)
        elif any(cell.strip() for cell in record):
            case = dict(zip(names, record, strict=False)).get(key, "").strip()
            earlier = first.setdefault(case, number) if case else number
            read = _row(number, record, names, proposer, programme)
            if earlier != number:
                reason = f"the case is in row {earlier} already"
                problems.append(Problem(row=number, column=key, value=case, reason=reason))
            elif isinstance(read, Proposal):
                rows.append((number, read))
            if not isinstance(read, Proposal):
                problems += read
    if not rows and not problems:
        problems.append(_whole("there are no rows below the names of the columns"))
    return Intake(rows=tuple(rows), problems=tuple(problems))


def _row(
    number: int, record: list[str], names: list[str], proposer: str, programme: Programme
) -> Proposal | list[Problem]:
    if len(record) < len(names) or any(cell.strip() for cell in record[len(names) :]):
        reason = f"the row has {len(record):,} cells, but there are {len(names)} columns"
        return [Problem(row=number, value=",".join(record[:20]), reason=reason, hint=_QUOTE)]
    cells = dict(zip(names, record, strict=False))
    if long := [name for name, cell in cells.items() if len(cell) > MAX_CELL]:
        reason = f"the cell holds more than {MAX_CELL:,} characters"
        return [Problem(row=number, column=name, value=cells[name], reason=reason) for name in long]
    return read_row(number, cells, proposer, programme)
