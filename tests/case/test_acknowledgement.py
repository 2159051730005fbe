"""Acting approval: a deputy signs in an absence, marked as such, and the absent one takes note of it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from activities.case.gate import GateRow, find_gate
from activities.case.inbox import waiting
from activities.case.notice import listing
from models.case.acknowledgement import Acknowledgement
from models.case.envelope import SELF_DECLARED
from models.case.rule import CaseRule
from models.people.delegation import Giving
from models.tables.record import gate
from services.people.delegation import Delegations
from tests.support.command import inside
from tests.support.house import Case, House
from tests.support.patience import eventually, patience
from tests.support.rights import appoint, refused


def depute(house: House, taker: str) -> str:
    """Make somebody the deputy of expert.lim; the number of the delegation."""
    appoint(house, taker, "intern")
    wish = Giving(actor="expert.lim", taker=taker, roles=("expert",), instrument="Leave order 7", acting=True)
    return Delegations(house.database, SELF_DECLARED).give(wish).delegation.id


async def report(case: Case, seq: int, name: str = "review") -> dict[str, Any]:
    """The open task that reports the vote with this number."""
    return await case.house.gate(f"{case.id}:{name}.report:{seq}")


def gate_of(house: House, task: Mapping[str, Any]) -> GateRow:
    """The gate of a task, open or closed."""
    found = house.read(lambda c: find_gate(c, task["id"]))
    assert found
    return found


async def test_an_acting_vote_is_marked_and_reported_until_note_is_taken(house: House) -> None:
    depute(house, "deputy.lee")
    case = await house.propose()
    gate = await case.gate("review")
    vote = await case.vote(gate, "deputy.lee", on_behalf_of="expert.lim")
    assert vote.accepted
    task = await report(case, vote.seq)
    assert task["question"].startswith("Take note: deputy.lee said approve for you")
    assert [row["id"] for row in house.read(lambda c: waiting(c, "expert.lim"))].count(task["id"]) == 1
    (row,) = [row for row in case.history() if row["action"] == "vote approve"]
    assert (row["actor"], row["on_behalf_of"]) == ("deputy.lee", "expert.lim")
    assert row["payload"]["facts"]["acting"] is True
    assert (await case.vote(gate, "sec.han")).accepted
    await case.gate("funding")  # nothing waits for the report
    for actor, rule in (("deputy.lee", CaseRule.ROLE_NOT_HELD), ("expert.lim", None), ("expert.lim", None)):
        note = Acknowledgement(gate=task["id"], actor=actor, comment="Seen.")
        assert (await case.send("acknowledge", note)).rule == rule
    assert case.actions().count("report acknowledged") == 1
    await case.withdraw()


async def test_the_same_vote_again_reports_nothing_anew(house: House) -> None:
    depute(house, "deputy.two")
    case = await house.propose()
    gate = await case.gate("review")
    for _ in range(2):
        vote = await case.vote(gate, "deputy.two", on_behalf_of="expert.lim")
    await report(case, vote.seq)
    assert case.actions().count("report awaited") == 1
    await case.withdraw()


async def test_a_report_outlives_its_case_and_is_overdue_when_nobody_takes_note(house: House) -> None:
    depute(house, "deputy.three")
    case = await house.propose()
    vote = await case.vote(await case.gate("review"), "deputy.three", on_behalf_of="expert.lim")
    task = await report(case, vote.seq)
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    handle = house.client.get_workflow_handle(f"partnership/{case.id}/report/{vote.seq}")
    assert gate_of(house, task)["closed_at"] is None
    await house.skip(handle, days=8)

    def overdue() -> set[str]:
        mine = [row for row in house.read(listing) if row["case"] == case.id]
        return {row["person"] for row in mine if "overdue" in row["subject"]}

    assert {"expert.lim", "director.kang"} <= await eventually(overdue, "somebody is told that it is overdue")
    note = Acknowledgement(gate=task["id"], actor="director.kang", comment="In her place.")
    assert (await case.send("acknowledge", note)).accepted, "who is called in may take note"
    await asyncio.wait_for(handle.result(), patience())
    assert gate_of(house, task)["outcome"] == "done"


async def test_a_report_that_nobody_takes_note_of_lapses_on_record(house: House) -> None:
    depute(house, "deputy.four")
    case = await house.propose()
    vote = await case.vote(await case.gate("review"), "deputy.four", on_behalf_of="expert.lim")
    await report(case, vote.seq)
    handle = house.client.get_workflow_handle(f"partnership/{case.id}/report/{vote.seq}")
    await house.skip(handle, days=60)
    await asyncio.wait_for(handle.result(), patience())
    assert case.actions()[-2:] == ["acknowledgement lapsed", "closed: lapsed"]
    await case.withdraw()


async def test_a_report_that_an_operator_stops_leaves_no_task_behind(house: House) -> None:
    depute(house, "deputy.six")
    case = await house.propose()
    vote = await case.vote(await case.gate("review"), "deputy.six", on_behalf_of="expert.lim")
    task = await report(case, vote.seq)
    await house.client.get_workflow_handle(f"partnership/{case.id}/report/{vote.seq}").cancel()
    await case.until("closed: cancelled")
    assert gate_of(house, task)["outcome"] == "cancelled"
    await case.withdraw()


async def test_where_the_programme_knows_no_report_no_deputy_votes(house: House) -> None:
    house.programme("no-deputies", report=None)
    number = depute(house, "deputy.five")
    case = await house.propose(programme="no-deputies")
    gate = await case.gate("review")
    answer = await refused(case, gate, "deputy.five", CaseRule.NOT_DELEGATED, on_behalf_of="expert.lim")
    assert f"{number} is for deputies" in answer.message
    await case.withdraw()


async def test_a_deputy_from_the_command_line(house: House) -> None:
    appoint(house, "deputy.cli", "intern")
    appoint(house, "away.cli", "expert")
    case = await house.propose()
    gate = await case.gate("review")
    giving = ("delegate", "deputy.cli", "--role", "expert", "--instrument", "Leave order 9", "--acting")
    for words, actor, says in (
        (giving, "away.cli", "given"),
        (("delegations", "--person", "away.cli", "--output", "csv"), "away.cli", "True"),
        (("inbox",), "deputy.cli", "away.cli"),
        (("decide", gate["id"], "approve", "--for", "away.cli"), "deputy.cli", "On record."),
        (("history", case.id), "away.cli", "(acting)"),
    ):
        done = await asyncio.to_thread(inside, house.settings.home, *words, ACCORD_ACTOR=actor, COLUMNS="400")
        assert (done.code, says in done.out) == (0, True), (words, done)
    (vote,) = [row["seq"] for row in case.history() if row["action"] == "vote approve"]
    task = await report(case, vote)
    mine = await asyncio.to_thread(inside, house.settings.home, "inbox", "--as", "away.cli", "-o", "json")
    assert task["id"] in [gate["id"] for gate in mine.data()]
    done = await asyncio.to_thread(inside, house.settings.home, "acknowledge", task["id"], "--as", "away.cli")
    assert done.code == 0, done.err
    assert timedelta() < task["due_at"] - task["opened_at"] < timedelta(days=20)
    await case.withdraw()


async def test_a_case_shows_what_is_overdue(house: House) -> None:
    case = await house.propose()
    waiting_for = await case.gate("review")
    for late in (False, True):
        done = await asyncio.to_thread(inside, house.settings.home, "show", case.id, COLUMNS="300")
        assert ("overdue" in done.out) is late
        with house.database.begin() as connection:
            past = update(gate).where(gate.c.id == waiting_for["id"])
            connection.execute(past.values(due_at=waiting_for["opened_at"] - timedelta(days=1)))
    await case.withdraw()
