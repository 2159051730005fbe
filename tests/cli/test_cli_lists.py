"""What the lists show: to people a table, to programs JSON, JSON Lines and CSV, to nobody a formula."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from models.partnership.partnership import Stage
from tests.support.command import Done, accord
from tests.support.house import Case, House

pytestmark = pytest.mark.timeout(400)  # the first test waits for all the processes

PROGRAMME = "cli-lists"
FORMULA = "=HYPERLINK(0) [red]bold[/red]"

COMMANDS = {
    "list": "list --programme cli-lists -o",
    "show": "show CLI-LISTS -o",
    "inbox": "inbox --as signatory.la -o",
    "gate": "inbox --gate CLI-LISTS:funding:1 -o",
    "history": "history CLI-LISTS -o",
    "events": "history CLI-LISTS --events -o",
    "fund": "fund show -o",
    "notices": "notices --limit 0 -o",
}
EMPTY = {
    "list": "list --programme no-such -o",
    "history": "history --actor no.one -o",
    "inbox": "inbox --as signatory.bn -o",
    "notices": "notices --status dead -o",
}
FORMS = ("json", "jsonl", "csv", "table")


class Lists(NamedTuple):
    """A case whose title is hostile, and every list of it in every form."""

    case: Case
    before: datetime
    shown: dict[tuple[str, str], Done]
    empty: dict[tuple[str, str], Done]


@pytest.fixture(scope="module")
async def lists(house: House) -> Lists:
    """The lists, fetched side by side."""
    house.programme(PROGRAMME)
    before = datetime.now(UTC) - timedelta(seconds=1)
    case = await house.propose("CLI-LISTS", programme=PROGRAMME, title=FORMULA, city="@SUM(A1)", country="LA")
    gate = await case.gate("review")
    await case.vote(gate, "treasury.cho")
    await case.approve("review")
    await case.gate("funding")
    wanted = [(name, form) for name in COMMANDS for form in FORMS if form in ("json", "table")]
    wanted += [
        ("list", "csv"),
        ("history", "csv"),
        ("events", "csv"),
        ("list", "jsonl"),
        ("history", "jsonl"),
    ]
    blank = [(name, "json") for name in EMPTY] + [("list", form) for form in FORMS[1:]]
    home = house.settings.home
    done = await asyncio.gather(
        *(accord(home, *COMMANDS[name].split(), form) for name, form in wanted),
        *(accord(home, *EMPTY[name].split(), form) for name, form in blank),
    )
    shown = dict(zip(wanted, done[: len(wanted)], strict=True))
    return Lists(case, before, shown, dict(zip(blank, done[len(wanted) :], strict=True)))


def test_every_list_is_shown_in_every_form_it_was_asked_for(lists: Lists) -> None:
    for (name, form), done in lists.shown.items():
        waiting = "Nothing to show.\n" if (name, form) == ("inbox", "table") else ""
        assert (done.code, done.err, bool(done.out)) == (0, waiting, not waiting)


def test_json_lines_and_csv_hold_the_same_rows_as_json(lists: Lists) -> None:
    for name in ("list", "history"):
        rows = lists.shown[name, "json"].data()
        assert rows
        assert lists.shown[name, "jsonl"].lines() == rows
        cells = lists.shown[name, "csv"].cells()
        key = "case" if name == "list" else "seq"
        assert [cell[key] for cell in cells] == [str(row[key]) for row in rows]


def test_an_empty_result_is_no_error(lists: Lists) -> None:
    assert {done.code for done in lists.empty.values()} == {0}
    assert {done.out for (_, form), done in lists.empty.items() if form == "json"} == {"[]\n"}
    assert lists.empty["list", "jsonl"].out == ""
    assert lists.empty["list", "csv"].cells() == []
    assert lists.empty["list", "csv"].out.startswith("case,city,")
    assert lists.empty["list", "table"] == Done(0, "", "Nothing to show.\n")


def test_a_csv_cell_that_starts_like_a_formula_is_made_text(lists: Lists) -> None:
    (cells,) = lists.shown["list", "csv"].cells()
    assert cells["title"] == f"'{FORMULA}"
    assert cells["city"] == "'@SUM(A1)"
    assert lists.shown["list", "json"].data()[0]["title"] == FORMULA


def test_markup_in_what_people_typed_is_shown_as_they_typed_it(lists: Lists) -> None:
    for name in ("list", "show"):
        assert FORMULA in lists.shown[name, "table"].out
    assert "\x1b" not in "".join(done.out for done in lists.shown.values())


def test_json_is_data_all_the_way_down(lists: Lists) -> None:
    (case,) = lists.shown["show", "json"].data()
    assert case["proposal"]["title"] == FORMULA
    assert case["money"] == {"reserved": 1_000_001}
    assert case["waiting_for"] == ["CLI-LISTS:funding:1"]
    (gate,) = lists.shown["gate", "json"].data()
    assert gate["subject"]["amount"] == {"minor": 1_000_001, "currency": "KRW"}
    assert gate["panel"]["bodies"][0]["quorum"] == 2
    assert all(row["payload"]["key"] == row["key"] for row in lists.shown["history", "json"].data())


def test_a_table_says_what_the_case_waits_for_and_what_it_holds(lists: Lists) -> None:
    shown = lists.shown["show", "table"].out
    assert "KRW 1,000,001" in shown
    assert "CLI-LISTS:funding:1, due " in shown


def test_the_fund_adds_up_to_its_cap(lists: Lists) -> None:
    for row in lists.shown["fund", "json"].data():
        accounts = ("available", "reserved", "committed", "ordered", "disbursed")
        came_in = row["paid_in"] + row["returned"] + row["exchanged_in"]
        assert sum(row[account] for account in accounts) == came_in
        assert f"{row['currency']} {row['cap']:,}" in lists.shown["fund", "table"].out


def test_notices_say_who_was_told(lists: Lists) -> None:
    told = [row for row in lists.shown["notices", "json"].data() if row["case"] == "CLI-LISTS"]
    assert {"sec.han", "expert.lim", "molit.park", "treasury.cho"} <= {row["person"] for row in told}


async def test_temporal_events_lie_beneath_the_record_in_order_of_time(lists: Lists) -> None:
    rows = lists.shown["events", "json"].data()
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    beneath = [row["action"].split() for row in rows if row["actor"] == "partnership/CLI-LISTS"]
    assert beneath[0] == ["1", "WORKFLOW_EXECUTION_STARTED"]
    events = (await lists.case.handle.fetch_history()).events
    assert sorted(int(number) for number, _ in beneath) == [event.event_id for event in events]
    assert [row for row in rows if "seq" in row] == lists.shown["history", "json"].data()


async def test_history_filters_by_actor_country_stage_and_time(house: House, lists: Lists) -> None:
    record = lists.case.history()
    since, last = lists.before.isoformat(), record[-1]["at"].isoformat()
    wishes: dict[str, list[dict[str, Any]]] = {
        "--actor expert.lim": [row for row in record if row["actor"] == "expert.lim"],
        "--country la": record,
        "--country VN": [],
        "--stage review": [row for row in record if row["stage"] == Stage.REVIEW],
        "--refused": [row for row in record if row["rule"]],
        f"--since {since}": record,
        f"--until {since}": [],
        f"--since {last}": [row for row in record if row["at"] == record[-1]["at"]],
    }
    words = [f"history CLI-LISTS {wish} -o json".split() for wish in wishes]
    told = await asyncio.gather(*(accord(house.settings.home, *each) for each in words))
    for (wish, rows), done in zip(wishes.items(), told, strict=True):
        assert [row["seq"] for row in done.data()] == [row["seq"] for row in rows], wish
    assert wishes["--refused"]
    assert len(wishes["--actor expert.lim"]) == 1


async def test_history_goes_across_cases(house: House, lists: Lists) -> None:
    words = f"history --actor expert.lim --since {lists.before.isoformat()} --country LA -o jsonl"
    rows = (await accord(house.settings.home, *words.split())).lines()
    assert [(row["case"], row["action"], row["version"]) for row in rows] == [
        ("CLI-LISTS", "vote approve", lists.case.proposal.digest()[:12])
    ]
