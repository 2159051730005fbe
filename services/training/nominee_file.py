"""A file of nominations: the officials in it, and what is wrong, row by row."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from activities.training import nominee
from models.base import Line
from models.codes import country_problem
from models.faults import what
from models.training.cohort import DocumentKind
from models.training.official import Official
from models.training.rule import TrainingRule
from services.case.sheet import MAX_CELL, QUOTE, Columns, Problem, Sheet, whole

_REQUIRED = ("identity", "name", "latin", "language", "position", "employer")
COLUMNS = Columns(_REQUIRED, (*_REQUIRED, "country", "documents"), {"passport": "identity"})
"""What a file of nominations may have; ``documents`` are files beside it, as ``passport=scan.pdf``, or the
SHA-256 of kept ones."""
MAX_ROWS = 2_000
_DOCUMENTS: TypeAdapter[dict[str, str]] = TypeAdapter(dict[DocumentKind, Line])


class Nominee(NamedTuple):
    """An official with the documents of their nomination, by kind."""

    official: Official
    documents: Mapping[str, str]
    """The SHA-256 of each; in a file of nominations, a name of a file may stand for it."""


class Nominees(NamedTuple):
    """What a file of nominations holds: officials, each with its row, and the rest."""

    rows: tuple[tuple[int, Nominee], ...] = ()
    problems: tuple[Problem, ...] = ()


def read_rows(sheet: Sheet, country: str | None) -> Nominees:
    """What a file of nominations of one country (None: of any) holds: officials by row, and problems."""
    if sheet.problems:
        return Nominees(problems=sheet.problems)
    rows: list[tuple[int, Nominee]] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for number, cells in sheet.rows:
        if number > MAX_ROWS + 1:
            return Nominees(problems=(whole(f"the file has more than {MAX_ROWS:,} rows"),))
        if isinstance(cells, Problem):
            problems.append(cells)
        elif any(cell.strip() for cell in cells):
            found = list(_read(number, cells, sheet.names, country, first))
            problems += [one for one in found if isinstance(one, Problem)]
            rows += [(number, one) for one in found if isinstance(one, Nominee)]
    if not rows and not problems:
        problems.append(whole("there are no rows below the names of the columns"))
    return Nominees(tuple(rows), tuple(problems))


def _read(
    number: int, record: list[str], names: tuple[str, ...], country: str | None, first: dict[str, int]
) -> Iterator[Nominee | Problem]:
    if len(record) != len(names) and any(cell.strip() for cell in record[len(names) :]):
        reason = f"the row has {len(record):,} cells, but there are {len(names)} columns"
        yield Problem(row=number, reason=reason, hint=QUOTE)
        return
    cells = {COLUMNS.aliases.get(name, name): cell.strip() for name, cell in zip(names, record, strict=False)}
    if long := [name for name, cell in cells.items() if len(cell) > MAX_CELL]:
        yield Problem(row=number, column=long[0], reason="the cell is too long")
        return
    documents, written = _documents(cells.pop("documents", "")), cells.get("country", "").upper()
    fields = {**cells, "country": written or country or ""}
    try:
        official = Official.model_validate(fields)
    except ValidationError as error:
        yield from _wrong(number, error, cells)
        return
    if problem := country_problem(official.country):
        yield Problem(row=number, column="country", value=official.country, reason=problem)
    elif country and official.country != country:
        reason = f"you nominate for {country}; {TrainingRule.OTHER_COUNTRY.text}"
        yield Problem(row=number, column="country", value=official.country, reason=reason)
    elif (earlier := first.setdefault(nominee.plain(official.identity), number)) != number:
        reason = f"this person is in row {earlier} already"
        yield Problem(row=number, column="identity", reason=reason, hint="delete one of the rows")
    elif documents is None:
        hint = "write passport=scan.pdf; health_certificate=letter.pdf"
        yield Problem(row=number, column="documents", reason="these are no documents", hint=hint)
    else:
        yield Nominee(official, documents)


def _wrong(number: int, error: ValidationError, cells: Mapping[str, str]) -> Iterator[Problem]:
    """At most one problem for each column. An identity number is never shown."""
    seen: set[str] = set()
    for found in error.errors(include_url=False, include_input=True):
        column = str(found["loc"][0])
        if column in seen:
            continue
        seen.add(column)
        value = "" if column == "identity" else cells.get(column, "")
        shown = {**found, "input": value} if column == "identity" else found
        reason = what([shown]) if cells.get(column) else "nothing is written here"
        yield Problem(row=number, column=column, value=value, reason=reason)


def _documents(cell: str) -> dict[str, str] | None:
    """``passport=…; photo=…``; None: that is no list of documents. A name of a file is a name alone: whoever
    wrote the list cannot have files from elsewhere handed in.
    """
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in cell.replace("\n", ";").split(";"))):
        kind, _, name = (text.strip() for text in part.partition("="))
        if not name or Path(name).name != name or "\\" in name:
            return None
        found[kind] = name
    try:
        return _DOCUMENTS.validate_python(found)
    except ValidationError:
        return None
