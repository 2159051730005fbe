"""Lists in pages: people see so many rows and how to go on, programs get everything unless they say."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from activities.paging import CHUNK
from adapters.database import connect, migrate
from cli.paging import AT_ONCE
from models.tables.case import case
from models.tables.money import transfer, waitlist
from models.tables.notice import notice
from models.tables.partnership import partnership
from models.tables.payment import payment
from models.tables.people import delegation, holding, person
from models.tables.record import gate, record, seat
from runtime.settings import Settings
from tests.support.command import Done, inside
from tests.support.rows import (
    A_FUND,
    A_PART,
    a_case,
    a_delegation,
    a_gate,
    a_notice,
    a_partnership,
    a_payment,
    a_transfer,
    a_wish,
    an_entry,
    somebody,
)

MANY = CHUNK + 7
_DAY = datetime(2026, 11, 1, tzinfo=UTC)

KEYS = {
    "history": "seq",
    "history --since 2026-11-01": "seq",
    "history --actor sec.han --stage review": "seq",
    "inbox --all": "id",
    "inbox --as sec.han": "id",
    "list": "case",
    "list --country VN": "case",
    "notices": "key",
    "notices --status dead": "key",
    "payment list": "key",
    "payment list --state paid": "key",
    "fund ledger": "key",
    "fund ledger f": "key",
    "fund ledger part": "key",
    "fund waitlist": "reservation",
    "delegations": "record",
    "delegations --person sec.han": "record",
}
"""Every list, and the column by which its pages are found."""


def _at(number: int) -> datetime:
    """Instants in another order than numbers, and some of them the same."""
    return _DAY + timedelta(minutes=number * 7919 % 501)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation without an engine: one chunk of everything, and a few more."""
    home = tmp_path_factory.mktemp("paging")
    database = connect(Settings(home=home).database)
    migrate(database)
    numbers = range(1001, 1001 + MANY)
    rows: list[tuple[Any, list[dict[str, Any]]]] = [
        (person, [somebody("sec.han"), somebody("expert.lim")]),
        (holding, [{"person": "sec.han", "number": 1, "role": "secretariat"}]),
        (case, [a_case(f"T-{n}", country="VN" if n % 5 else "TH") for n in numbers]),
        (partnership, [a_partnership(f"T-{n}") for n in numbers]),
        (record, [an_entry(n, f"T-{n}", at=_at(n)) for n in numbers]),
        (gate, [a_gate(f"T-{n}:review:1", due_at=_at(n)) for n in numbers]),
        (seat, [_seat(n) for n in numbers]),
        (notice, [a_notice(f"T-{n}:1:sec.han", n, created_at=_at(n)) for n in numbers]),
        (payment, [a_payment(f"T-{n}:study.final", n) for n in numbers]),
        (transfer, [a_transfer(f"T-{n}:r", n, "part") for n in numbers]),
        (waitlist, [a_wish(f"T-{n}:r", n, rank=n * 7919 % 5) for n in numbers]),
        (delegation, [a_delegation(n, "sec.han", "expert.lim") for n in numbers]),
    ]
    with database.begin() as connection:
        for fund in (A_FUND, A_PART):
            connection.exec_driver_sql(fund)
        for table, given in rows:
            connection.execute(insert(table), given)
    database.dispose()
    return home


def _seat(number: int) -> dict[str, Any]:
    return {"gate": f"T-{number}:review:1", "role": "secretariat", "person": "", "since": _DAY}


@cache
def keys(home: Path, words: str, *more: str) -> list[Any]:
    """The keys of the rows, in their order, as JSON Lines have them."""
    done = inside(home, *words.split(), *more, "-o", "jsonl")
    assert (done.code, done.err) == (0, ""), done
    return [row[KEYS[words]] for row in done.lines()]


def table(home: Path, words: str, *more: str) -> Done:
    """The list as people see it."""
    done = inside(home, *words.split(), *more)
    assert done.code == 0, done
    return done


def shown(done: Done) -> list[str]:
    """The case of each row of a table, or the number of the entry where no case is shown."""
    return [row[0] for line in done.out.splitlines() if (row := re.findall(r"T-\d{4}|\b1\d{3}\b", line))]


def following(done: Done, rows: int) -> str:
    """The key that the hint says to go on behind."""
    hint = re.fullmatch(rf"{rows} rows? (?:is|are) shown; there are more: (.+)\n", done.err)
    assert hint, done.err
    after, _, everything = hint[1].partition(", or ")
    assert everything == "--limit 0 for all."
    assert not set(done.err.split()) & set(done.out.split()) & {"shown;", "--after"}
    return after.removeprefix("--after ")


@pytest.mark.parametrize("words", KEYS)
def test_a_page_of_a_table_begins_behind_the_one_before(home: Path, words: str) -> None:
    everything = keys(home, words)
    assert len(set(everything)) == len(everything) > 4 * AT_ONCE
    first = table(home, words)
    assert following(first, AT_ONCE) == str(everything[AT_ONCE - 1])
    second = table(home, words, "--after", following(first, AT_ONCE))
    assert following(second, AT_ONCE) == str(everything[2 * AT_ONCE - 1])
    rows = shown(first) + shown(second)
    assert rows == shown(table(home, words, "--limit", f"{2 * AT_ONCE}"))
    assert len(set(rows)) == 2 * AT_ONCE
    last = table(home, words, "--after", str(everything[-AT_ONCE - 1]))
    assert (len(shown(last)), last.err) == (AT_ONCE, "")


@pytest.mark.parametrize("words", KEYS)
def test_pages_as_data_are_the_list_with_nothing_left_out_or_doubled(home: Path, words: str) -> None:
    everything = keys(home, words)
    seen: list[Any] = []
    while page := keys(home, words, "--limit", "100", *(["--after", str(seen[-1])] if seen else [])):
        assert len(page) <= 100
        seen += page
    assert seen == everything
    assert keys(home, words, "--after", str(everything[2])) == everything[3:]


@pytest.mark.parametrize("words", KEYS)
def test_as_data_everything_is_written(home: Path, words: str) -> None:
    key, everything = KEYS[words], keys(home, words)
    if not {"VN"} & set(words.split()):
        assert len(everything) == MANY
    assert keys(home, words, "--limit", "0") == everything
    as_json, as_csv = (inside(home, *words.split(), "-o", form) for form in ("json", "csv"))
    assert [row[key] for row in as_json.data()] == everything
    assert [row[key] for row in as_csv.cells()] == [str(one) for one in everything]
    assert as_json.err + as_csv.err == ""


@pytest.mark.parametrize("words", ["history", "payment list"])
def test_without_a_limit_a_table_has_all_rows(home: Path, words: str) -> None:
    done = table(home, words, "--limit", "0")
    assert (len(shown(done)), done.err) == (MANY, "")


def test_a_page_of_one_row(home: Path) -> None:
    done = table(home, "list", "--limit", "1")
    assert (shown(done), following(done, 1)) == (["T-1001"], "T-1001")
    assert done.err.startswith("1 row is shown; ")


def test_behind_the_last_row_there_is_nothing(home: Path) -> None:
    for words in KEYS:
        last = str(keys(home, words)[-1])
        assert table(home, words, "--after", last) == Done(0, "", "Nothing to show.\n")
        assert inside(home, *words.split(), "--after", last, "-o", "json").data() == []


@pytest.mark.parametrize(
    ("words", "code", "says", "hint"),
    [
        ("history --after T-1", 7, "--after: 'T-1' is not the number of a record", "write the number"),
        ("history --after -1", 7, "'-1' is not the number of a record", "e.g. 1234"),
        ("history --after 99999999999999999999", 7, "is not the number of a record", "e.g. 1234"),
        (
            "history --since 2026-11-01 --after 9",
            3,
            "--after: There is nothing listed under '9'",
            "the seq of",
        ),
        ("delegations --after D-12", 7, "'D-12' is not the number of a record", "e.g. 1234"),
        ("inbox --all --after T-1:no:1", 3, "nothing listed under 'T-1:no:1'", "give the id of a row"),
        ("fund waitlist --after T-1:no", 3, "under 'T-1:no'", "give the reservation of a row"),
        ("fund ledger f --after T-1:no", 3, "nothing listed under 'T-1:no'", "give the key of a row"),
        ("notices --after nothing", 3, "nothing listed under 'nothing'", "give the key of a row"),
        ("history T-1001 --events --limit 5", 2, "--events lays out a whole case", "leave --limit"),
        ("history T-1001 --events --after 5", 2, "--events lays out a whole case", "leave --limit"),
        ("list --limit -1", 2, "'--limit': Input should be greater than or equal to 0", ""),
        ("list --limit many", 2, "'--limit': Input should be a valid integer", ""),
    ],
)
def test_what_cannot_be_paged_is_explained(home: Path, words: str, code: int, says: str, hint: str) -> None:
    for form in ("table", "json", "jsonl", "csv"):
        done = inside(home, *words.split(), "-o", form)
        told = done.error() if form == "json" else {"message": done.err, "hint": done.err}
        assert (done.code, done.out) == (code, ""), done
        assert says in told["message"]
        assert hint in told["hint"]
