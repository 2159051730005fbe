"""Files that people hand in: proposals as CSV, one row each, or a single one as TOML."""

from collections.abc import Mapping

from pydantic import ValidationError

from models.base import Message
from models.files import InvalidFile
from models.partnership.partnership import Proposal
from models.partnership.programme import Programme
from services.case.sheet import MAX_CELL, QUOTE, Problem, Sheet, shown, whole
from services.partnership.cells import COLUMNS, PROJECT_LIST, faults, not_a_day, read_row
from services.partnership.codes import proposal_problems

__all__ = ["COLUMNS", "Intake", "Problem", "read_proposal", "read_rows"]

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


def read_proposal(name: str, given: Mapping[str, object], proposer: str) -> Proposal:
    """The proposal in the file ``name``; its fields are the keys of the file. InvalidFile: key and rule."""
    values = {"proposer": proposer, **given}
    wrong = list(not_a_day(values))
    if values["proposer"] != proposer:
        wrong.append(("proposer", f"the proposal is handed in by {proposer}; leave this out"))
    try:
        proposal = Proposal.model_validate(values)
    except ValidationError as error:
        wrong += faults(error, values)
    else:
        wrong += [("country or currency", problem) for problem in proposal_problems(proposal)]
    if wrong:
        text = "; ".join(f"{shown(field)}: {reason}" for field, reason in dict(wrong[::-1]).items())
        raise InvalidFile(f"{name}: {text}")
    return proposal


def read_rows(sheet: Sheet, proposer: str, programme: Programme) -> Intake:
    """What a file of proposals for ``programme`` holds.

    Every row that is not blank ends up as a proposal or under ``problems``, never both. A file that
    makes no sense as a whole gives problems and no proposals.
    """
    if sheet.problems:
        return Intake(problems=sheet.problems)
    rows: list[tuple[int, Proposal]] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    key = PROJECT_LIST[0] if PROJECT_LIST[0] in sheet.names else "case"
    for number, record in sheet.rows:
        if number > MAX_ROWS + 1:
            hint = "split it into several files, and delete empty rows at its end"
            return Intake(problems=(whole(f"the file has more than {MAX_ROWS:,} rows", hint=hint),))
        if isinstance(record, Problem):
            problems.append(record)
        elif any(cell.strip() for cell in record):
            case = dict(zip(sheet.names, record, strict=False)).get(key, "").strip()
            earlier = first.setdefault(case, number) if case else number
            read = _row(number, record, sheet.names, proposer, programme)
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
    number: int, record: list[str], names: tuple[str, ...], proposer: str, programme: Programme
) -> Proposal | list[Problem]:
    if len(record) < len(names) or any(cell.strip() for cell in record[len(names) :]):
        reason = f"the row has {len(record):,} cells, but there are {len(names)} columns"
        return [Problem(row=number, value=",".join(record[:20]), reason=reason, hint=QUOTE)]
    cells = dict(zip(names, record, strict=False))
    if long := [name for name, cell in cells.items() if len(cell) > MAX_CELL]:
        reason = f"the cell holds more than {MAX_CELL:,} characters"
        return [Problem(row=number, column=name, value=cells[name], reason=reason) for name in long]
    return read_row(number, cells, proposer, programme)
