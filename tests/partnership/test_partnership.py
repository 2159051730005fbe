"""The life of a case on the real server: the straight road and every way it ends early."""

import asyncio

import pytest

from activities.case import notice, record
from activities.case.inbox import waiting
from tests.support import scenarios
from tests.support.house import VOTERS, Case, House
from tests.support.paying import stopped_at_its_record

ORDER = [
    "clocks stopped",
    "money blocked",
    "unsent payments cancelled",
    "reservation released",
    "signature rounds voided",
    "told everyone",
]
"""The order of the law; a step that does not apply is left out."""


def open_gates(house: House, case: Case) -> list[str]:
    """What of this case is still in anybody's inbox, but for its payments, which outlive it."""
    mine = [gate for gate in house.read(waiting) if gate["case"] == case.id]
    return [gate["id"] for gate in mine if "/payment/" not in gate["workflow_id"]]


@pytest.mark.parametrize("name", scenarios.CLOSED)
async def test_every_way_to_close_gives_everything_back(house: House, name: str) -> None:
    scenario, status = scenarios.CLOSED[name]
    case = await scenario(house)
    assert await case.ended() == status
    assert case.row()["status"] == status
    assert open_gates(house, case) == []
    assert set(case.money()) <= {"ordered"}
    actions = case.actions()
    last = actions[actions.index("clocks stopped") :]
    assert last == [step for step in ORDER if step in last] + [f"closed: {status}"]


@pytest.mark.parametrize("name", scenarios.OPEN)
async def test_an_open_case_waits_in_the_inbox(house: House, name: str) -> None:
    case = await scenarios.OPEN[name](house)
    assert len(open_gates(house, case)) == 1
    assert case.row()["closed_at"] is None
    await case.withdraw()
    assert await case.ended() == "withdrawn"


async def test_the_money_follows_the_accepted_deliverables(house: House) -> None:
    case = await house.propose()
    await case.reach("study.award")
    assert case.money() == {"committed": 1_000_001}
    await case.award()
    await case.deliver("inception")
    await case.approve("study.inception")
    assert case.money() == {"committed": 700_001, "ordered": 300_000}
    await case.deliver("interim")
    await case.approve("study.interim")
    await case.deliver("final", finding="infeasible")
    await case.approve("study.final")
    assert await case.ended() == "infeasible"
    assert case.money() == {"ordered": 1_000_001}


async def test_a_blocked_launch_names_each_blocker(house: House) -> None:
    case = await house.propose()
    await case.reach("study.final-delivery")
    await case.deliver("final", finding="conditional", conditions=("Land title", "Water permit"))
    await case.approve("study.final")
    await case.reach_from("agreement.text", stop="launch.conditions")
    status = await case.handle.query("status")
    assert status["blockers"] == ["condition: Land title", "condition: Water permit"]
    assert status["standing"] == "launch/blocked"
    await case.fulfil("Land title")
    await case.fulfil("Water permit", "permit")
    await case.approve("launch")
    assert await case.ended() == "launched"


async def test_everybody_concerned_is_told_of_an_end(house: House) -> None:
    case = await house.propose(proposer="expert.moon")
    await case.gate("review")
    await case.withdraw()
    await case.ended()
    told = {
        n["person"]
        for n in house.read(notice.listing)
        if n["case"] == case.id and "withdrawn" in n["subject"]
    }
    assert {"expert.moon", "coord.seo"} <= told
    assert {"expert.lim", "treasury.cho"}.isdisjoint(told)


async def test_the_temporal_ui_reads_like_a_case_file(house: House) -> None:
    case = await house.propose()
    await case.approve("review")
    await case.gate("funding")
    described = await case.handle.describe()
    assert await described.static_summary() == f"{case.id} · VN · master_plan"
    attributes = {pair.key.name: pair.value for pair in described.typed_search_attributes}
    assert attributes["AccordStage"] == "funding"
    assert attributes["AccordCountry"] == "VN"
    summaries = str((await case.handle.fetch_history()).to_json())
    assert "userMetadata" in summaries


@pytest.mark.parametrize("name", ["review", "funding"])
async def test_an_operator_who_stops_a_case_at_its_record_gets_everything_given_back(
    house: House, name: str
) -> None:
    """Of the two votes that approve, the last is being written when the order to stop comes."""
    case = await house.propose()
    await case.reach(name)
    gate = await case.gate(name)
    first, last = VOTERS[name]
    assert (await case.vote(gate, first)).accepted
    with house.database.begin() as connection:
        record.lock(connection)
        vote = asyncio.create_task(case.vote(gate, last))
        await stopped_at_its_record(case.handle)
    assert await case.ended() == "cancelled"
    assert (await vote).accepted
    assert case.money() == {}
    assert [row for row in house.read(waiting) if row["case"] == case.id] == []
