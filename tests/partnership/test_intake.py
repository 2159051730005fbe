"""Files of proposals as people hand them in: what is taken, and how the rest is refused."""

import contextlib
import csv
import io
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters import spreadsheet as sheet
from adapters.documents import load, read_toml
from models.files import InvalidFile
from models.money.rule import MoneyRule
from models.partnership.partnership import Area, Proposal, StudyKind
from models.partnership.programme import Programme
from models.partnership.rule import PartnershipRule
from services.case.sheet import shown
from services.partnership import cells, intake
from services.partnership.intake import COLUMNS, Intake, Problem, read_proposal, read_rows

ROOT = Path(__file__).parent.parent.parent
K_CITY = load(ROOT / "programmes" / "k-city-2020.toml", Programme.model_validate)
FOLDER = tempfile.TemporaryDirectory()
WHOLE = {
    "case": "HUE-2027",
    "country": "VN",
    "title": "Smart water for Hue",
    "applicant": "City of Hue",
    "study": "master_plan",
    "requested": "300000000",
    "currency": "KRW",
}


def read(content: bytes | str, programme: Programme = K_CITY) -> Intake:
    """What a file with this content holds."""
    path = Path(FOLDER.name) / "proposals.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_rows(sheet.read_sheet(path, COLUMNS), "coord.seo", programme)


def table(*rows: dict[str, str]) -> str:
    """A file with the columns that the rows have together; a cell that a row leaves out is empty."""
    text = io.StringIO()
    columns = list({column: None for row in rows for column in row})
    carriage_returns = any("\r" in cell for row in rows for cell in row.values())
    writer = csv.DictWriter(text, columns, lineterminator="\r\n" if carriage_returns else "\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def only(found: Intake) -> Problem:
    """The one problem of a file from which nothing is taken."""
    assert found.rows == ()
    (problem,) = found.problems
    return problem


def refused(column: str, value: str, **others: str) -> Problem:
    """The one problem of a file whose first row has this value; the second row is read all the same."""
    found = read(table(WHOLE | {column: value} | others, WHOLE | {"case": "OTHER"}))
    assert [row for row, _ in found.rows] == [3]
    (problem,) = found.problems
    assert problem.row == 2
    return problem


# What is taken


def test_a_row_becomes_a_proposal() -> None:
    more = {"city": "Hue", "area": "water_management", "starts": "2027-03-01", "ends": "2027-12-31"}
    found = read(table(WHOLE | more | {"summary": "Sensors,\nand a plan", "programme": "k-city-2020"}))
    assert found.problems == ()
    ((row, proposal),) = found.rows
    assert row == 2
    assert found.proposals == (proposal,)
    assert proposal.case == "HUE-2027"
    assert (proposal.area, proposal.study) == (Area.WATER_MANAGEMENT, StudyKind.MASTER_PLAN)
    assert (proposal.starts, proposal.ends) == (date(2027, 3, 1), date(2027, 12, 31))
    assert proposal.summary == "Sensors,\nand a plan"
    assert str(proposal.requested) == "KRW 300,000,000"
    assert proposal.proposer == "coord.seo"


def test_the_programme_is_the_one_the_file_is_read_for() -> None:
    (proposal,) = read(table(WHOLE)).proposals
    assert proposal.programme == K_CITY.id
    assert (proposal.city, proposal.area, proposal.starts, proposal.summary) == (None, None, None, "")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("case,", " Case ,"),
        lambda text: text.replace("\n", ",,\n"),
        lambda text: text + "\n,,,,,,\n\n",
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("300000000", '"300,000,000"'),
        lambda text: text.replace("300000000", " 300000000 "),
    ],
    ids=[
        "BOM",
        "CRLF",
        "CR",
        "header case",
        "empty columns",
        "blank rows",
        "no last line end",
        "commas",
        "spaces",
    ],
)
def test_spreadsheets_may_write_it_their_way(change: Callable[[str], str]) -> None:
    assert read(change(table(WHOLE))) == read(table(WHOLE))
    assert len(read(table(WHOLE)).rows) == 1


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    first = WHOLE | {"summary": "two\nlines"}
    found = read(table(first, {"case": ""}, WHOLE | {"case": "B-1"}, WHOLE | {"case": "b"}))
    assert [row for row, _ in found.rows] == [2, 4]
    assert [problem.row for problem in found.problems] == [5]


def test_texts_are_in_one_unicode_form() -> None:
    decomposed = "Thua\u0302\u0300n Thie\u0302n"
    (proposal,) = read(table(WHOLE | {"city": decomposed})).proposals
    assert proposal.city == "Thuần Thiên"
    korean = "\u1112\u1161\u11ab" * 70  # 210 characters as macOS writes them, 70 as they are read
    (proposal,) = read(table(WHOLE | {"title": korean})).proposals
    assert proposal.title == "한" * 70


# The list of the K-City Network


def test_the_list_of_projects_is_read_as_it_is() -> None:
    found = read_rows(sheet.read_sheet(ROOT / "data" / "kcity_projects.csv", COLUMNS), "coord.seo", K_CITY)
    assert len(found.rows) + len(found.problems) == 56
    assert len(found.rows) == 23
    assert {problem.column for problem in found.problems} == {"iso_alpha2"}
    assert found.problems[0] == Problem(
        row=4,
        column="iso_alpha2",
        value="RU",
        reason="RU is not a host country of k-city-2020",
        hint="the host countries are BN, ID, KH, LA, MM, MY, PH, SG, TH, VN",
    )
    by_case = {proposal.case: proposal for proposal in found.proposals}
    first, no_city = by_case["KCN-2020-01"], by_case["KCN-2021-02"]
    assert (first.title, first.applicant) == ("Smart city study, Kota Kinabalu", "Host authority, Malaysia")
    assert (first.study, first.requested.minor) == (StudyKind.MASTER_PLAN, cells.ILLUSTRATIVE_KRW)
    assert (no_city.title, no_city.city) == ("Smart city study, Indonesia", None)
    assert no_city.area is Area.URBAN_DEVELOPMENT
    assert no_city.summary == "Feasibility study and pilot for housing development"
    assert by_case["KCN-2022-03"].study is StudyKind.MASTER_PLAN
    assert by_case["KCN-2022-09"].study is StudyKind.PRE_FEASIBILITY  # a demonstration
    assert by_case["KCN-2023-02"].study is StudyKind.PRE_FEASIBILITY  # "pre-feasibility study"
    assert str(by_case["KCN-2023-02"].requested) == "KRW 500,000,000"


def test_the_known_columns_are_those_of_the_file() -> None:
    with (ROOT / "data" / "kcity_projects.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == cells.PROJECT_LIST


LISTED = {"project_id": "L-1", "country": "Viet Nam", "iso_alpha2": "VN"}


@pytest.mark.parametrize(
    ("stated", "field", "value"),
    [
        ({}, "study", "master_plan"),
        ({"subtype": "master plan or pre-feasibility study"}, "study", "master_plan"),
        ({"subtype": "Pre-feasibility study"}, "study", "pre_feasibility"),
        ({"type": "demonstration"}, "study", "pre_feasibility"),
        ({"type": "demonstration", "study": "master_plan"}, "study", "master_plan"),
        ({}, "requested", "KRW 300,000,000"),
        ({"support_krw_min": "2", "support_krw_max": "3"}, "requested", "KRW 3"),
        ({"support_krw_min": "2", "support_krw_max": ""}, "requested", "KRW 2"),
        ({"support_krw_max": "3", "requested": "4", "currency": "KRW"}, "requested", "KRW 4"),
        ({"applicant": "City of Hue"}, "applicant", "City of Hue"),
        ({"title": "Water", "city_or_area": "Hue"}, "title", "Water"),
        ({"city_or_area": "Hue"}, "title", "Smart city study, Hue"),
        ({"city": "Hue"}, "title", "Smart city study, Hue"),
    ],
)
def test_what_a_list_does_not_state_is_derived(stated: dict[str, str], field: str, value: str) -> None:
    (proposal,) = read(table(LISTED | stated)).proposals
    assert str(getattr(proposal, field)) == value


def test_a_list_without_names_of_countries() -> None:
    (proposal,) = read(table({"project_id": "L-1", "country": "VN"})).proposals
    assert (proposal.title, proposal.applicant) == ("Smart city study, VN", "Host authority, VN")


def test_support_in_won_never_stands_in_for_another_currency() -> None:
    problem = only(read(table(LISTED | {"support_krw_max": "3", "requested": "", "currency": "USD"})))
    assert problem.column == "requested"


def test_problems_name_the_columns_of_the_list() -> None:
    row = {"seed_area": "watre", "support_krw_max": "much", "city_or_area": "x" * 201, "note": "=1"}
    found = read(table(LISTED | row))
    assert {problem.column for problem in found.problems} == {"seed_area", "support_krw_max", "city_or_area"}


# Files that make no sense as a whole


@pytest.mark.parametrize("content", ["", "\ufeff", "\n \r\n"])
def test_an_empty_file(content: str) -> None:
    problem = only(read(content))
    assert (problem.row, problem.column, problem.reason) == (0, "", "the file is empty")
    assert "case, country, title" in problem.hint


@pytest.mark.parametrize("rows", ["", "\n\n", ",,,,,,\n"])
def test_a_header_and_no_rows(rows: str) -> None:
    assert only(read(",".join(WHOLE) + "\n" + rows)).reason.startswith("there are no rows")


@pytest.mark.parametrize(
    ("encoding", "place", "byte"),
    [
        ("utf-16", "line 1, byte 1 ", "0xff"),
        ("utf-16-le", "line 1, byte 2 ", "0x00"),
        ("utf-16-be", "line 1, byte 1 ", "0x00"),
        ("cp949", "line 2, byte 13 ", "0xc8"),
    ],
)
def test_another_encoding(encoding: str, place: str, byte: str) -> None:
    problem = only(read(table(WHOLE | {"title": "후에"}).encode(encoding)))
    assert (problem.row, problem.column) == (0, "")
    assert place in problem.reason and byte in problem.reason
    assert "save as CSV UTF-8" in problem.hint


def test_latin_1() -> None:
    problem = only(read(table(WHOLE, WHOLE | {"case": "B-1", "applicant": "Münster"}).encode("latin-1")))
    assert problem.reason.startswith("line 3, byte 29 (0xfc)")
    assert problem.value.endswith(r",M\xfc")


def test_missing_columns_are_named() -> None:
    found = read(table({key: WHOLE[key] for key in WHOLE if key not in ("title", "currency")}))
    assert [(p.row, p.column, p.reason) for p in found.problems] == [
        (0, "title", "this column is missing"),
        (0, "currency", "this column is missing"),
    ]


@pytest.mark.parametrize(
    ("column", "hint"),
    [
        ("sumary", "did you mean summary?"),
        ("City_Or_Areas", "did you mean city_or_area?"),
        ("zzz", "the columns are case, country"),
        ("note", "the columns are case, country"),  # known, but only in the list of projects
    ],
)
def test_unknown_columns(column: str, hint: str) -> None:
    problem = only(read(table(WHOLE | {column: "x"})))
    assert (problem.row, problem.column) == (0, column.lower())
    assert problem.hint.startswith(hint)


def test_two_columns_of_one_name_or_meaning() -> None:
    problem = only(read(table(WHOLE | {"Title": "Another"})))
    assert (problem.column, problem.reason) == ("title", "two columns have this name")
    problem = only(read(table(WHOLE | {"subject": "a", "summary": "b"})))
    assert (problem.column, problem.reason) == ("subject", "the column means the same as summary")


def test_columns_without_a_name() -> None:
    with_gap = "\n".join(line.replace(",", ",,", 1) for line in table(WHOLE).splitlines())
    assert only(read(with_gap)).reason == "column 2 has no name"
    first_row_blank = only(read("\n" + table(WHOLE)))
    assert (first_row_blank.row, first_row_blank.reason) == (
        0,
        "the first row has to name the columns, at most 100",
    )
    assert only(read("x," * 2_000_000)).reason == first_row_blank.reason


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
@pytest.mark.parametrize("quote", ["", '"'])
def test_another_separator(mark: str, name: str, quote: str) -> None:
    lines = [[f"{quote}{cell}{quote}" for cell in row] for row in (WHOLE, WHOLE.values())]
    problem = only(read("\n".join(mark.join(line) for line in lines)))
    assert problem.reason == f"the columns are separated by {name}, not by commas"
    assert "with commas" in problem.hint


def test_at_most_ten_thousand_rows() -> None:
    rows = [WHOLE | {"case": f"C-{n}"} for n in range(intake.MAX_ROWS)]
    assert len(read(table(*rows)).rows) == intake.MAX_ROWS
    problem = only(read(table(*rows, WHOLE)))
    assert (problem.row, problem.reason) == (0, "the file has more than 10,000 rows")


def test_a_file_that_is_too_large() -> None:
    assert only(read(b"x" * (sheet.MAX_BYTES + 1))).reason == "the file is larger than 50 MB"


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path / "none.csv", "there is no such file"),
        (tmp_path, "this is a folder, not a file"),
    ):
        with pytest.raises(InvalidFile, match=f"{path}: {reason}.*; check the name"):
            sheet.read_sheet(path, COLUMNS)
        with pytest.raises(InvalidFile, match=reason):
            read_toml(path, intake.MAX_TOML)


# Rows that are refused, while the others are read


def test_a_case_that_stands_twice() -> None:
    found = read(table(WHOLE, WHOLE | {"title": "Another"}))
    assert [row for row, _ in found.rows] == [2]
    (problem,) = found.problems
    assert (problem.row, problem.column, problem.value) == (3, "case", "HUE-2027")
    assert problem.reason == "the case is in row 2 already"


@pytest.mark.parametrize("line", ["A-1,VN", "A-1,VN,a,b,master_plan,300000000,KRW,more"])
def test_too_few_or_too_many_cells(line: str) -> None:
    found = read(table(WHOLE) + line + "\n" + table(WHOLE | {"case": "C-1"}).splitlines()[1])
    assert [row for row, _ in found.rows] == [2, 4]
    (problem,) = found.problems
    assert (problem.row, problem.column, problem.value) == (3, "", line)
    assert problem.reason == f"the row has {line.count(',') + 1} cells, but there are 7 columns"


def test_a_line_break_without_quotes() -> None:
    found = read(table(WHOLE).replace("Smart water", "Smart\nwater"))
    assert found.rows == ()
    assert [problem.row for problem in found.problems] == [2, 3]
    assert all("line breaks" in problem.hint for problem in found.problems)


def test_quotation_marks() -> None:
    broken = table(WHOLE).replace("Smart water", '"Smart" water') + table(WHOLE).splitlines()[1]
    found = read(broken)
    assert [row for row, _ in found.rows] == [3]
    assert [(p.row, p.reason) for p in found.problems] == [
        (2, "the quotation marks in this row do not pair up")
    ]
    found = read(table(WHOLE) + 'B-1,"VN\n' + table(WHOLE))
    assert [row for row, _ in found.rows] == [2]
    assert "never closes" in found.problems[0].reason and found.problems[0].row == 3


@pytest.mark.parametrize("unit", ["x", 'a,""\n', "한"])
def test_a_cell_of_ten_megabytes(unit: str) -> None:
    limit, began = 131_072, time.monotonic()
    csv.field_size_limit(limit)
    huge = '"' + unit * (10_000_000 // len(unit.encode())) + '"'
    body = table(WHOLE | {"summary": "here"}, WHOLE | {"case": "B-1", "summary": ""}).replace("here", huge)
    found = read(body)
    assert time.monotonic() - began < 10
    assert csv.field_size_limit() == limit
    assert [row for row, _ in found.rows] == [3]
    (problem,) = found.problems
    assert (problem.row, problem.column) == (2, "summary")
    assert problem.reason == "the cell holds more than 10,000 characters"
    assert len(problem.value) <= 60


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\n=", "\uff1d"])
@pytest.mark.parametrize("column", ["title", "case", "requested", "summary", "starts"])
def test_text_that_a_spreadsheet_would_run(start: str, column: str) -> None:
    problem = refused(column, f"{start}cmd|' /C calc'!A0")
    assert problem.column == column
    assert problem.reason == "the cell starts like a formula"
    assert problem.value.isprintable()


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        ("0", "KRW", "more than 0"),
        ("-300000000", "KRW", "not a positive amount"),
        ("+300000000", "KRW", "not a positive amount"),
        ("300000000.5", "KRW", "finer than the minor unit of KRW"),
        ("1.234", "USD", "finer than the minor unit of USD"),
        ("1,50", "KRW", "not a positive amount"),
        ("300 000 000", "KRW", "not a positive amount"),
        ("₩300000000", "KRW", "not a positive amount"),
        ("3E+08", "KRW", "not a positive amount"),
        ("٣٠٠", "KRW", "not a positive amount"),
        ("1000000000000000", "KRW", "less than 1,000,000,000,000,000"),
        ("9" * 5000, "KRW", "not a positive amount"),
        ("0" * 60 + "300x", "KRW", "not a positive amount"),
        ("", "KRW", "not a positive amount"),
        ("700000001", "KRW", PartnershipRule.OVER_CEILING.text),
    ],
)
def test_amounts(amount: str, currency: str, reason: str) -> None:
    problem = refused("requested", amount, currency=currency, study="pre_feasibility")
    assert problem.column == "requested"
    assert reason in problem.reason


@pytest.mark.parametrize(
    ("column", "value", "reason", "hint"),
    [
        ("currency", "USD", MoneyRule.WRONG_CURRENCY.text, "in KRW"),
        ("currency", "KRX", "'KRX' is not an ISO 4217 currency code", ""),
        ("currency", "krw", "three capital letters", "did you mean KRW?"),
        ("currency", "", "nothing is written here", ""),
        ("country", "XX", "'XX' is not an ISO 3166-1", ""),
        ("country", "vn", "two capital letters", "did you mean VN?"),
        ("country", "Vietnam", "two capital letters", "did you mean VN?"),
        ("country", "FR", "FR is not a host country of k-city-2020", "BN, ID"),
        ("country", "", "nothing is written here", ""),
        ("programme", "k-city-2021", "the file is read for the programme k-city-2020", ""),
        ("programme", "K City", "small letters", ""),
        ("case", "hue 2027", "capital letters, digits and hyphens", ""),
        ("case", "", "nothing is written here", ""),
        ("title", " ", "nothing is written here", ""),
        ("title", "x" * 201, "longer than 200 characters", ""),
        ("title", "a\0b", "control characters", ""),
        ("summary", "x" * 4001, "longer than 4000 characters", ""),
        ("city", "a\x1b[2Jb", "control characters", ""),
        ("study", "master plan", "one of master_plan, pre_feasibility", "did you mean master_plan?"),
        ("area", "Water", "one of urban_development", ""),
        ("area", "water management", "one of urban_development", "did you mean water_management?"),
        ("starts", "2027-02-30", "a day that exists", ""),
        ("starts", "31/03/2027", "a day that exists", ""),
        ("ends", "86400", "a day that exists", ""),
        ("ends", "2027-03-31 00:00", "a day that exists", ""),
    ],
)
def test_cells(column: str, value: str, reason: str, hint: str) -> None:
    problem = refused(column, value)
    assert problem.column == column
    assert reason in problem.reason
    assert hint in problem.hint
    assert len(problem.value) <= 60 and problem.value.isprintable()


@pytest.mark.parametrize("ends", ["2027-01-01", "2026-12-31"])
def test_the_end_comes_after_the_start(ends: str) -> None:
    problem = refused("ends", ends, starts="2027-01-01")
    assert (problem.column, problem.value) == ("ends", ends)
    assert "must be later than starts (2027-01-01)" in problem.reason


def test_everything_wrong_with_a_row_is_said_at_once() -> None:
    row = {
        "case": "x",
        "country": "XX",
        "requested": "-1",
        "currency": "won",
        "area": "sea",
        "starts": "soon",
    }
    found = read(table(WHOLE | row))
    assert sorted(problem.column for problem in found.problems) == sorted(row)
    found = read(table(WHOLE | {"requested": "0", "starts": "2027-01-02", "ends": "2027-01-01"}))
    assert [problem.column for problem in found.problems] == ["requested", "ends"]


def test_a_programme_for_all_countries() -> None:
    everywhere = K_CITY.model_copy(update={"countries": ()})
    assert len(read(table(WHOLE | {"country": "FR"}), everywhere).rows) == 1


def test_shown() -> None:
    assert shown("a\0\n\u202eb") == r"a\x00\n\u202eb"
    assert shown("x" * 60) == "x" * 60
    assert shown("x" * 61) == "x" * 59 + "…"


# One proposal as TOML

TOML = """
case = "HUE-2027"
programme = "k-city-2020"
title = "Smart water for Hue"
country = "VN"
applicant = "City of Hue"
study = "master_plan"
requested = { minor = 300_000_000, currency = "KRW" }
starts = 2027-03-01
ends = "2027-12-31"
"""


def toml(content: str | bytes) -> Proposal:
    path = Path(FOLDER.name) / "proposal.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_proposal(path.name, read_toml(path, intake.MAX_TOML), "coord.seo")


@pytest.mark.parametrize("before", ["", "\ufeff", 'proposer = "coord.seo"\n'])
def test_one_proposal(before: str) -> None:
    proposal = toml(before + TOML)
    assert str(proposal.requested) == "KRW 300,000,000"
    assert (proposal.starts, proposal.ends) == (date(2027, 3, 1), date(2027, 12, 31))
    assert proposal.proposer == "coord.seo"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"VN"', '"vietnam"', "country: a country is two capital letters"),
        ('"VN"', '"XX"', "'XX' is not an ISO 3166-1"),
        ('"KRW"', '"KRX"', "'KRX' is not an ISO 4217"),
        ('"KRW"', '"won"', "currency: a currency is three capital letters"),
        ("300_000_000", "-1", "requested: an amount is more than 0"),
        ("300_000_000", "1.5", "requested: an amount is more than 0"),
        ('{ minor = 300_000_000, currency = "KRW" }', '"300"', "requested: '300' is no amount; write"),
        ('{ minor = 300_000_000, currency = "KRW" }', "300", 'requested: write requested = "300 000'),
        ("title =", "titel =", "titel: there is no such field; .*title: nothing is written here"),
        ("2027-03-01", "86400", "starts: a date is a day that exists"),
        ("2027-03-01", "2027-03-01T07:00:00", "starts: a date"),
        ("2027-03-01", "[[]]", "starts: a date"),
        ("2027-03-01", "2028-03-01", r"ends: ends \(2027-12-31\) must be later"),
        ("case =", 'proposer = "other"\ncase =', "proposer: the proposal is handed in by coord.seo"),
        ("case =", '"\\u001b[2J" = 1\ncase =', r"\\x1b\[2J: there is no such field"),
        ("case =", "summary = nan\ncase =", "summary: .*string"),
        ("case =", "case", "cannot be read as TOML .*line 2"),
        ("case =", "x = " + "[" * 5000, "cannot be read as TOML"),
        ("case =", "x = " + "9" * 5000 + "\ncase =", "cannot be read as TOML"),
        ("case =", "#" * 64_001, "larger than 64,000 bytes"),
    ],
)
def test_invalid_toml(old: str, new: str, said: str) -> None:
    assert old in TOML
    with pytest.raises(InvalidFile, match=f"proposal.toml: .*{said}"):
        toml(TOML.replace(old, new, 1))


def test_toml_in_another_encoding() -> None:
    with pytest.raises(InvalidFile, match="UTF-8"):
        toml(TOML.encode("utf-16"))


# Whatever a file holds

ANY_CELL = st.text(max_size=30) | st.sampled_from(
    [*WHOLE.values(), "2027-01-01", "-1", "=1", '"', "\0", "9" * 400, "\n", "1,5", "water_management"]
)
ANY_HEADER = st.lists(
    st.sampled_from([*cells.FIELDS, *cells.PROJECT_LIST]) | st.text(max_size=8), max_size=16
)


def accounted_for(found: Intake) -> None:
    """Whatever was read: nothing is both taken and refused, and what is reported can be printed."""
    assert found.rows or found.problems
    assert not {row for row, _ in found.rows} & {problem.row for problem in found.problems}
    assert len({proposal.case for proposal in found.proposals}) == len(found.rows)
    for problem in found.problems:
        assert max(len(problem.value), len(problem.column)) <= 60
        assert all(text.isprintable() for text in (problem.value, problem.column, problem.reason))
        assert problem.reason


def never_raises_more(content: bytes) -> None:
    accounted_for(read(content))
    with contextlib.suppress(InvalidFile):
        toml(content)


QUICK = settings(max_examples=300, deadline=500, database=None)


@QUICK
@given(st.binary(max_size=2000))
@example(b"PK\x03\x04\x14\x00")
@example(b"\xef\xbb\xbf\xef\xbb\xbfcase")
def test_any_bytes(content: bytes) -> None:
    never_raises_more(content)


@QUICK
@given(st.text(max_size=2000))
@example('"')
@example("case,country\r\r\n")
def test_any_text(content: str) -> None:
    never_raises_more(content.encode())


@QUICK
@given(ANY_HEADER, st.lists(st.lists(ANY_CELL, max_size=16), max_size=6))
def test_any_table(header: list[str], rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    never_raises_more(text.getvalue().encode())


@QUICK
@given(
    st.sampled_from([list(WHOLE), list(cells.FIELDS), list(cells.PROJECT_LIST)]),
    st.lists(st.lists(ANY_CELL, min_size=16, max_size=16), max_size=6),
    st.binary(max_size=20),
)
def test_any_rows_below_a_good_header(header: list[str], rows: list[list[str]], tail: bytes) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([header, *(row[: len(header)] for row in rows)])
    never_raises_more(text.getvalue().encode() + tail)


@QUICK
@given(st.dictionaries(st.sampled_from([*cells.FIELDS]), ANY_CELL))
def test_any_cells(changes: dict[str, str]) -> None:
    accounted_for(read(table(WHOLE | changes)))
