"""Files that people hand in: proposals as CSV, one row each, or a single one as TOML."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from adapters import documents
from adapters.spreadsheet import (
    MAX_BYTES,
    MAX_CELL,
    MAX_COLUMNS,
    QUOTE,
    column_name,
    header_problems,
    not_a_table,
    table_rows,
    whole,
)
from models.base import Message
from models.codes import proposal_problems
from models.files import InvalidFile
from models.partnership.partnership import Proposal
from models.partnership.programme import Programme
from services.partnership.cells import PROJECT_LIST, Problem, faults, not_a_day, read_row, shown

__all__ = ["Intake", "Problem", "read_csv", "read_toml"]

MAX_ROWS = 10_000
MAX_TOML = 64_000


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
    data = documents.read_bytes(path, MAX_BYTES)
    if problem := not_a_table(data):
        return Intake(problems=(problem,))
    records = table_rows(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=""))
    before = csv.field_size_limit(MAX_BYTES)  # of the process; long cells are refused below, by column
    try:
        header = next(records, (1, []))[1]
        if isinstance(header, Problem):
            return Intake(problems=(header,))
        names = [column_name(cell) for cell in header[: 2 * MAX_COLUMNS]]
        while names and not names[-1]:
            names.pop()
        problems = tuple(header_problems(names))
        return Intake(problems=problems) if problems else _rows(records, names, proposer, programme)
    finally:
        csv.field_size_limit(before)


def read_toml(path: Path, proposer: str) -> Proposal:
    """Read one proposal; its fields are the keys of the file. InvalidFile: file, key, and the rule."""
    values = documents.read_toml(path, MAX_TOML)
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
            return Intake(problems=(whole(f"the file has more than {MAX_ROWS:,} rows", hint=hint),))
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
        problems.append(whole("there are no rows below the names of the columns"))
    return Intake(rows=tuple(rows), problems=tuple(problems))


def _row(
    number: int, record: list[str], names: list[str], proposer: str, programme: Programme
) -> Proposal | list[Problem]:
    if len(record) < len(names) or any(cell.strip() for cell in record[len(names) :]):
        reason = f"the row has {len(record):,} cells, but there are {len(names)} columns"
        return [Problem(row=number, value=",".join(record[:20]), reason=reason, hint=QUOTE)]
    cells = dict(zip(names, record, strict=False))
    if long := [name for name, cell in cells.items() if len(cell) > MAX_CELL]:
        reason = f"the cell holds more than {MAX_CELL:,} characters"
        return [Problem(row=number, column=name, value=cells[name], reason=reason) for name in long]
    return read_row(number, cells, proposer, programme)
