"""One row of a file of proposals: which columns it may have, and what is wrong with its cells."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from models.base import Message
from models.fund import LARGEST
from models.partnership import Area, Proposal, StudyKind
from models.programme import Programme

REQUIRED = ("case", "country", "title", "applicant", "study", "requested", "currency")
OPTIONAL = ("programme", "city", "area", "summary", "starts", "ends")

ALIASES = {
    "project_id": "case",
    "iso_alpha2": "country",
    "city_or_area": "city",
    "seed_area": "area",
    "subject": "summary",
}
"""Columns of data/kcity_projects.csv that are fields of a proposal under another name. Beside
``iso_alpha2`` the column ``country`` holds the name of the country."""

PROJECT_LIST = {*ALIASES, "year", "country", "type", "subtype", "support_krw_min", "support_krw_max"} | {
    *("counterpart_or_firm", "asean", "verification", "note", "source")
}
"""Every column of data/kcity_projects.csv; with ``project_id`` among them a file is such a list."""

ILLUSTRATIVE_KRW = 300_000_000
"""What a project list asks for where it names no support: illustrative, the least of most calls."""

MAX_CELL = 10_000

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_SIGNED = re.compile(r"[+-]\s*[\d.,]+")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE = "a date is a day of the calendar written year-month-day, e.g. 2027-03-31"
_REASONS = {
    "case": "a case number is 2 to 40 capital letters, digits and hyphens, e.g. KCN-2027-01",
    "programme": "the id of a programme is small letters, digits and hyphens, e.g. k-city-2020",
    "country": "a country is two capital letters (ISO 3166-1 alpha-2), e.g. VN",
    "currency": "a currency is three capital letters (ISO 4217), e.g. KRW",
    "area": f"an area is one of {', '.join(Area)}",
    "study": f"a study is one of {', '.join(StudyKind)}",
    "requested": f"an amount is more than zero and less than {LARGEST:,} in the smallest unit of its currency",
    "proposer": "this is not the id of a person, e.g. coord.seo",
    "starts": _DATE,
    "ends": _DATE,
}


class Problem(Message):
    """What is wrong in a file, where, and what to do: one row of the report a coordinator reads."""

    row: int
    """As a spreadsheet numbers it, the header being 1; 0 for the whole file."""
    column: str
    """As the file spells it; empty for the whole row."""
    value: str
    reason: str
    hint: str = ""


class _Cell(NamedTuple):
    column: str
    text: str


def shown(text: str) -> str:
    """``text`` in at most 60 printable characters."""
    escaped = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:61])
    return escaped if len(escaped) <= 60 else f"{escaped[:59]}…"


def dates_as_written(values: Mapping[str, object]) -> list[str]:
    """The date fields not written year-month-day; pydantic would take digits for Unix seconds."""
    return [key for key in ("starts", "ends") if key in values and not _DAY.fullmatch(str(values[key]))]


def faults(error: ValidationError, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(field, sentence) for each thing that is wrong with a proposal."""
    for fault in error.errors(include_url=False, include_input=False):
        field = str((*fault["loc"], "ends")[0])  # a rule about two fields is the one about dates
        if fault["loc"][1:] == ("currency",):
            field = "currency"
        if fault["type"] == "missing" or values.get(field) == "":
            yield field, f"every proposal needs a value for {field}"
        elif fault["type"] == "string_too_long" and field not in _REASONS:
            yield field, f"the text is longer than {fault['ctx']['max_length']} characters"
        elif fault["type"] == "value_error":
            yield field, fault["msg"].removeprefix("Value error, ")
        else:
            yield field, _REASONS.get(field, fault["msg"])


def read_row(
    number: int, named: Mapping[str, str], proposer: str, programme: Programme
) -> Proposal | tuple[Problem, ...]:
    """The proposal in row ``number``, or what is wrong with it: one problem for each column.

    ``named`` has the text of each cell by the name of its column.
    """
    row = _Row(number, named)
    if row.refuse_cells_as_such(named):
        return tuple(row.problems.values())
    row.complete({column: _clean(text) for column, text in named.items()}, programme)
    proposal = row.validate(proposer)
    row.refuse_codes()
    if proposal and not row.problems:
        row.refuse_by_programme(proposal, programme)
    return proposal if proposal and not row.problems else tuple(row.problems.values())


class _Row:
    """A row on its way to a proposal: its cells by field, and what is wrong, by column."""

    def __init__(self, number: int, named: Mapping[str, str]) -> None:
        self.number = number
        self.problems: dict[str, Problem] = {}
        columns = {name: name for name in (*REQUIRED, *OPTIONAL) if name in named}
        columns |= {field: alias for alias, field in ALIASES.items() if alias in named}
        self.cells = {field: _Cell(column, named[column]) for field, column in columns.items()}

    def refuse(self, field: str, reason: str, hint: str = "") -> None:
        column, text = self.cells.get(field, _Cell(field, ""))
        problem = Problem(row=self.number, column=column, value=shown(text), reason=reason, hint=hint)
        self.problems.setdefault(column, problem)

    def refuse_cells_as_such(self, named: Mapping[str, str]) -> bool:
        """Refuse what is too long to be looked at, and text that a spreadsheet would run."""
        for column, text in named.items():
            if len(text) > MAX_CELL:
                self.cells[column] = _Cell(column, text)
                self.refuse(column, f"the cell has {len(text):,} characters; at most {MAX_CELL:,} fit")
