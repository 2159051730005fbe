"""One row of a file of proposals: what its columns mean, and what is wrong with its cells."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache

import pycountry
from pydantic import ValidationError

from models.amount import LARGEST, Amount
from models.case.rule import CaseRule
from models.codes import country_problem, currency_problem
from models.money.rule import MoneyRule
from models.partnership.partnership import Area, Proposal, StudyKind
from models.partnership.programme import Programme
from services.case.sheet import Columns, Problem, shown

REQUIRED = ("case", "country", "title", "applicant", "study", "requested", "currency")
FIELDS = (*REQUIRED, "programme", "city", "area", "summary", "starts", "ends")

ALIASES = {
    "project_id": "case",
    "iso_alpha2": "country",
    "city_or_area": "city",
    "seed_area": "area",
    "subject": "summary",
}
"""Columns of data/kcity_projects.csv that are fields of a proposal under another name."""

PROJECT_LIST = (
    *(
        "project_id",
        "year",
        "city_or_area",
        "country",
        "iso_alpha2",
        "type",
        "subtype",
        "seed_area",
        "subject",
    ),
    *("support_krw_min", "support_krw_max", "counterpart_or_firm", "asean", "verification", "note", "source"),
)
"""All columns of data/kcity_projects.csv. A file with the first of them is such a list: then the
others are read or ignored as they are, and what the list does not state is derived."""

COLUMNS = Columns(
    REQUIRED,
    FIELDS,
    ALIASES,
    instead=Columns(REQUIRED[:2], FIELDS, ALIASES, others=PROJECT_LIST, beside=("iso_alpha2",)),
)
"""What a file of proposals may have."""

ILLUSTRATIVE_KRW = 300_000_000
"""The amount of a listed project whose support is not stated: illustrative, the least of most calls."""

_FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")  # the last four are full-width = + - @
_SIGNED = re.compile(r"[+-]\s*[\d.,]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_REASONS = {
    "case": "a case number is 2 to 40 capital letters, digits and hyphens, e.g. KCN-2027-01",
    "programme": "the id of a programme is small letters, digits and hyphens, e.g. k-city-2020",
    "country": "a country is two capital letters (ISO 3166-1 alpha-2), e.g. VN",
    "currency": "a currency is three capital letters (ISO 4217), e.g. KRW",
    "area": f"an area is one of {', '.join(Area)}",
    "study": f"a study is one of {', '.join(StudyKind)}",
    "requested": f"an amount is more than 0 and less than {LARGEST:,} of the smallest unit of its currency",
    "proposer": "this is not the id of a person, e.g. coord.seo",
} | dict.fromkeys(["starts", "ends"], "a date is a day that exists, written year-month-day, e.g. 2027-03-31")


def faults(error: ValidationError, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(field, what is wrong in a sentence) for each thing pydantic found in ``values``."""
    for found in error.errors(include_url=False, include_input=False):
        kind, message = found["type"], found["msg"].removeprefix("Value error, ")
        field = str((*found["loc"], "ends")[0])  # the one rule about two fields is the one about dates
        field = "currency" if found["loc"][1:] == ("currency",) else field
        if kind == "missing" or values.get(field) == "":
            message = "nothing is written here, and every proposal needs it"
        elif kind in ("string_too_long", "too_long") and field not in _REASONS:
            message = f"the text is longer than {found['ctx']['max_length']} characters"
        elif kind == "extra_forbidden":
            message = f"there is no such field; the fields are {', '.join(Proposal.model_fields)}"
        elif kind == "model_type":
            message = 'write requested = "300 000 000 KRW"'
        elif kind != "value_error":
            message = _REASONS.get(field, message)
        yield field, message


def not_a_day(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(field, what is wrong) for dates written otherwise; pydantic reads 86400 as 2 January 1970."""
    for field in ("starts", "ends"):
        value = values.get(field, "2027-03-31")
        if not (isinstance(value, str) and _DAY.fullmatch(value)):
            yield field, _REASONS[field]


def read_row(
    number: int, named: Mapping[str, str], proposer: str, programme: Programme
) -> Proposal | list[Problem]:
    """The proposal in row ``number``, or what is wrong with it: at most one problem for each column.

    ``named`` holds the text of every cell by the name of its column, as the file has them.
    """
    row = _Row(number, named)
    row.refuse_formulas()
    if PROJECT_LIST[0] in named:
        row.derive({column: text.strip() for column, text in named.items()})
    proposal = row.proposal(proposer, programme)
    return proposal if proposal and not row.problems else list(row.problems.values())


class _Row:
    """A row on its way to a proposal: (column, text) by field, and what is wrong by column."""

    def __init__(self, number: int, named: Mapping[str, str]) -> None:
        columns = {name: name for name in FIELDS if name in named}
        columns |= {field: alias for alias, field in ALIASES.items() if alias in named}
        self.number = number
        self.cells = {field: (column, named[column]) for field, column in columns.items()}
        self.problems: dict[str, Problem] = {}

    def text(self, field: str) -> str:
        return self.cells.get(field, ("", ""))[1].strip()

    def refuse(self, field: str, reason: str, hint: str = "") -> None:
        column, text = self.cells.get(field, (field, ""))
        hint = hint or _did_you_mean(field, text.strip()[:60])
        problem = Problem(row=self.number, column=column, value=text, reason=reason, hint=hint)
        self.problems.setdefault(column, problem)

    def refuse_formulas(self) -> None:
        """Refuse what a spreadsheet would run; a signed amount is left to the rule about amounts."""
        for field, (_, text) in self.cells.items():
            signed = field == "requested" and _SIGNED.fullmatch(text.strip())
            if text.strip() and text.lstrip(" \n").startswith(_FORMULA) and not signed:
                self.refuse(field, "the cell starts like a formula", "begin with a letter, or leave it empty")

    def derive(self, named: Mapping[str, str]) -> None:
        """Fill in the fields that a project list does not state."""
        country = ("country", named.get("country") or self.text("country"))
        place = (self.cells["city"][0], self.text("city")) if self.text("city") else country
        subtype, kind = named.get("subtype", "").lower(), StudyKind.MASTER_PLAN
        if named.get("type", "").lower() == "demonstration" or (
            "pre-feasibility" in subtype and "plan" not in subtype
        ):
            kind = StudyKind.PRE_FEASIBILITY
        derived = {
            "title": (place[0], f"Smart city study, {place[1]}"),
            "applicant": (country[0], f"Host authority, {country[1]}"),
            "study": ("subtype", str(kind)),
        }
        if not self.text("requested") and self.text("currency") in ("", "KRW"):
            stated = [column for column in ("support_krw_max", "support_krw_min") if named.get(column)]
            column = (*stated, "requested")[0]
            derived["requested"] = (column, named[column] if stated else str(ILLUSTRATIVE_KRW))
            derived["currency"] = (column, "KRW")
        self.cells |= {field: cell for field, cell in derived.items() if not self.text(field)}

    def proposal(self, proposer: str, programme: Programme) -> Proposal | None:
        """The proposal that the cells make, if they do; it counts only while ``problems`` is empty."""
        texts = {f: self.text(f) for f in self.cells if self.text(f) or f in REQUIRED}
        texts = {"currency": "", "programme": programme.id, **texts, "proposer": proposer}
        requested = {"minor": self.minor(), "currency": texts["currency"]}
        fields = {f: text for f, text in texts.items() if f != "currency"} | {"requested": requested}
        for field, reason in not_a_day(texts):
            self.refuse(field, reason)
        try:
            proposal = Proposal.model_validate(fields)
        except ValidationError as error:
            proposal = None
            for field, reason in faults(error, texts):
                self.refuse(field, reason)
        for field, problem in (("country", country_problem), ("currency", currency_problem)):
            if unknown := problem(texts[field]):
                self.refuse(field, unknown)
        if proposal and not self.problems:
            self.refuse_by_programme(proposal, programme)
        return proposal

    def minor(self) -> int:
        """The amount; 1 stands in for one that is refused, so that the rest is checked all the same."""
        text, currency = self.text("requested"), self.text("currency")
        try:  # as shown: a text too long to be an amount ends in a mark that no amount has
            return Amount.parse(shown(text), currency if re.fullmatch("[A-Z]{3}", currency) else "XXX").minor
        except ValueError as error:
            reason = _REASONS["requested"] if isinstance(error, ValidationError) else str(error)
            self.refuse("requested", reason)
            return 1

    def refuse_by_programme(self, proposal: Proposal, programme: Programme) -> None:
        """Refuse what the programme does not pay for."""
        rule, limit = programme.refuses(proposal), programme.ceilings.get(proposal.study, "nothing")
        if rule == CaseRule.ANOTHER_CASE and proposal.programme != programme.id:
            self.refuse("programme", f"the file is read for the programme {programme.id}")
        elif rule == CaseRule.ANOTHER_CASE:
            hosts = f"the host countries are {', '.join(programme.countries)}"
            self.refuse("country", f"{proposal.country} is not a host country of {programme.id}", hosts)
        elif rule == MoneyRule.WRONG_CURRENCY:
            self.refuse("currency", rule.text, f"ask for an amount in {programme.fund.currency}")
        elif rule:
            self.refuse("requested", rule.text, f"for a {proposal.study} it is at most {limit}")


@lru_cache(maxsize=1000)
def _did_you_mean(field: str, text: str) -> str:
    kinds: dict[str, list[str]] = {"area": list(Area), "study": list(StudyKind)}
    guesses = get_close_matches(text.lower().replace(" ", "_"), kinds.get(field, []), 1)
    try:
        if field == "country":
            guesses = [pycountry.countries.lookup(text).alpha_2]
        elif field == "currency":
            guesses = [pycountry.currencies.lookup(text).alpha_3]
    except LookupError:
        pass
    return f"did you mean {guesses[0]}?" if guesses and guesses[0] != text else ""
