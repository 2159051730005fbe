"""Import: a file of proposals is checked row by row, and started once."""

from collections.abc import Sequence
from pathlib import Path

from tests.support.command import Done, accord
from tests.support.house import House

HEADER = "case,country,city,title,applicant,study,requested,currency"
GOOD = (
    "CLI-IM-1,VN,Hue,Traffic,hue,master_plan,300000000,KRW",
    'CLI-IM-2,LA,Vientiane,"Water, and more","Host authority, Lao PDR",pre_feasibility,"200,000,000",KRW',
)
WRONG = (
    "CLI-IM-3,Vietnam,Hue,Traffic,Hue City,master_plan,300000000,KRW",
    "CLI-IM-4,VN,Hue,=1+1,Hue City,master_planx,-5,KRW",
)


def file(folder: Path, *rows: str) -> str:
    """A CSV file of these rows."""
    path = folder / f"{len(rows)}.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n")
    return str(path)


def fates(done: Done) -> list[Sequence[object]]:
    """What becomes of each row: row, column, what, value."""
    return [(row["row"], row["column"], row["what"], row["value"]) for row in done.data()]


async def test_a_file_is_checked_first_and_started_once(house: House, tmp_path: Path) -> None:
    home, words = house.settings.home, ("--as", "coord.seo", "-o", "json")
    mixed, wrong, good = (file(tmp_path, *rows) for rows in ((*GOOD, *WRONG), WRONG[:1], GOOD))

    checked = await accord(home, "import", mixed, *words)
    assert checked.code == 8
    faulty = [
        (4, "country", "wrong", "Vietnam"),
        *((5, "requested", "wrong", "-5"), (5, "study", "wrong", "master_planx")),
        (5, "title", "wrong", "=1+1"),
    ]
    would = [(2, "", "would start", "CLI-IM-1"), (3, "", "would start", "CLI-IM-2")]
    assert sorted(fates(checked), key=str) == [*would, *faulty]
    assert checked.err == "rows: would start 2, existed 0, wrong 2\n"
    hints = {row["value"]: row["to_do"] for row in checked.data()}
    assert (hints["Vietnam"], hints["master_planx"]) == ("did you mean VN?", "did you mean master_plan?")
    assert not house.cases.exists("CLI-IM-1")

    started = await accord(home, "import", mixed, "--start", *words)
    assert started.code == 8
    assert fates(started)[:2] == [(2, "", "started", "CLI-IM-1"), (3, "", "started", "CLI-IM-2")]
    for case in ("CLI-IM-1", "CLI-IM-2"):
        await house.gate(f"{case}:review:1")
    assert not house.cases.exists("CLI-IM-3")

    again = await accord(home, "import", good, "--start", *words)
    assert again.code == 0
    assert fates(again) == [(2, "case", "exists", "CLI-IM-1"), (3, "case", "exists", "CLI-IM-2")]
    assert again.err == "rows: started 0, existed 2, wrong 0\n"

    none = await accord(home, "import", wrong, "--as", "coord.seo")
    assert none.code == 7
    assert "did you mean VN?" in none.out
    assert none.err == "rows: would start 0, existed 0, wrong 1\n"


async def test_an_applicant_whom_nobody_knows_is_wrong_in_its_row(house: House, tmp_path: Path) -> None:
    unknown = "CLI-IM-5,VN,Hue,Traffic,Hue City,master_plan,300000000,KRW"
    done = await accord(
        house.settings.home, "import", file(tmp_path, unknown), "--as", "coord.seo", "-o", "json"
    )
    assert (done.code, fates(done)) == (7, [(2, "applicant", "wrong", "Hue City")])
    assert "did you mean hue?" in done.data()[0]["why"]


async def test_a_file_that_is_no_table_is_refused_as_a_whole(house: House, tmp_path: Path) -> None:
    path = tmp_path / "semicolons.csv"
    path.write_text(HEADER.replace(",", ";") + "\n")
    done = await accord(house.settings.home, "import", str(path), "--as", "coord.seo", "-o", "jsonl")
    assert done.code == 7
    (problem,) = done.lines()
    assert (problem["row"], problem["what"]) == (0, "wrong")
    assert "not by commas" in problem["why"]
    assert problem["to_do"]
