"""Tranches that a date or a milestone releases, beside those of the deliverables: each paid once, in full."""

from typing import Any

import pytest

from activities.money import book as journal
from activities.money import proof
from activities.payment import payment
from models.case.rule import CaseRule
from models.payment.payment import PaymentState
from models.study.rule import StudyRule
from models.study.study import Delivery, Finding
from tests.support.command import inside
from tests.support.entries import transfers_in
from tests.support.house import Case, House, sha
from tests.support.refusal import refused
from tests.support.scenarios import paid_by_schedule, scheduled


async def awarded(house: House, name: str, **changes: Any) -> Case:
    """A case of 1,000,001 with such tranches, its contract awarded."""
    scheduled(house, name, **changes)
    case = await house.propose(programme=name)
    await case.reach("study.award")
    assert (await case.award()).accepted
    await case.gate("study.inception-delivery")
    return case


async def accept(case: Case, part: str, round_: int = 1) -> None:
    """Have a deliverable, or the evidence of a milestone, handed in and accepted."""
    assert (await case.deliver(part, round_)).accepted
    assert (await case.vote(await case.gate(f"study.{part}", round_), "expert.lim")).accepted


def dues(case: Case) -> dict[str, int]:
    """What has been due, by tranche."""
    due = [row["payload"] for row in case.history() if row["action"] == "tranche due"]
    return {one["facts"]["tranche"]: transfers_in(one)[0]["amount"]["minor"] for one in due}


def deferred(case: Case) -> list[tuple[str, bool]]:
    """Payments of the case that wait for a date, and whether the forecast has that date."""
    rows = case.house.read(lambda c: payment.listing(c, case=case.id))
    waiting = [row for row in rows if row["not_before"]]
    fund = str(case.house.partnerships.programme(case.proposal.programme).fund.id)
    expected = {row["what"]: row["expected"] for row in case.house.read(lambda c: journal.forecast(c, fund))}
    return [(row["key"], expected[row["key"]] == row["not_before"]) for row in waiting]


async def test_a_life_by_schedule_pays_all_that_was_committed(house: House) -> None:
    case = await paid_by_schedule(house)
    assert await case.ended() == "launched"
    assert dues(case) == {
        "advance": 90_000,
        "inception": 180_000,
        "permit": 180_000,
        "final": 360_000,
        "retention": 90_000,
    }
    assert case.money() == {"ordered": 900_000}
    assert deferred(case) == [(f"{case.id}:study.retention", True)]
    for part in ("advance", "permit"):
        await case.request(part)
        gate = await case.gate(f"study.{part}-payment")
        assert [(await case.vote(gate, who)).accepted for who in ("pay.oh", "pay.ryu")] == [True, True]
        await case.payment(part, PaymentState.PAID)
    retention = house.client.get_workflow_handle(f"partnership/{case.id}/payment/retention")
    await house.skip(retention, 365)
    assert (await case.request("retention")).accepted
    assert case.money() == {"ordered": 630_000, "disbursed": 270_000}
    assert house.read(lambda c: proof.check(c, "fund-schedule")) == []


async def test_before_its_day_nothing_is_due_and_nobody_can_ask_for_it(house: House) -> None:
    case = await awarded(house, "early")
    await house.skip(case.study, 29)
    assert dues(case) == {}
    assert case.money() == {"committed": 1_000_001}
    for part in ("inception", "permit", "interim", "final"):
        await accept(case, part)
    await case.gate("agreement.text")
    assert dues(case)["advance"] == 100_000, "the work is done: it is owed, and paid at its date"
    assert {key.rpartition(".")[2] for key, _ in deferred(case)} == {"advance", "retention"}
    key = f"{case.id}:study.retention"
    done = inside(house.settings.home, "payment", "hold", key, "--reason", "No.", ACCORD_ACTOR="pay.oh")
    assert (done.code, f"{key} is due from 20" in done.err) == (6, True), done.err


async def test_a_milestone_is_shown_and_accepted_like_a_deliverable(house: House) -> None:
    case = await awarded(house, "milestone")
    await accept(case, "inception")
    gate = await case.gate("study.permit-delivery")
    assert gate["question"] == "Show: The city has issued its permit for the survey."
    evidence = Delivery(gate=gate["id"], actor="consult.jang", document=sha("permit"))
    finding = evidence.model_copy(update={"finding": Finding.FEASIBLE})
    await refused(case, "deliver", finding, StudyRule.FINDING)
    assert (await case.send("deliver", evidence)).accepted
    panel = await case.gate("study.permit")
    assert (await case.vote(panel, "consult.jang")).rule == CaseRule.OWN_PROPOSAL
    for who in ("expert.lim", "sec.bae"):
        assert (await case.vote(panel, who, "return", "It is not signed.")).accepted
    await case.gate("study.permit-delivery", 2)
    assert dues(case) == {"inception": 200_000}
    await accept(case, "permit", 2)
    await case.gate("study.interim-delivery")
    assert dues(case) == {"inception": 200_000, "permit": 200_000}


async def test_a_milestone_that_is_not_reached_ends_the_study_and_gives_the_rest_back(house: House) -> None:
    case = await awarded(house, "unreached")
    await accept(case, "inception")
    await case.deliver("permit")
    panel = await case.gate("study.permit")
    for who in ("expert.lim", "sec.bae"):
        assert (await case.vote(panel, who, "reject", "There is none.")).accepted
    assert await case.ended() == "abandoned"
    assert "milestone permit" in case.history()[-1]["reason"]
    assert case.money() == {"ordered": 200_000}
    assert dues(case) == {"inception": 200_000}


async def test_what_a_date_has_not_released_when_the_contract_ends_is_for_the_next_one(house: House) -> None:
    case = await awarded(house, "next")
    await house.skip(case.study, 30, short_of=1)
    await case.until("tranche due")
    for actor in ("sec.han", "coord.seo"):
        assert (await case.terminate(actor)).accepted
    gate = await case.gate("funding", 2)
    assert dues(case) == {"advance": 100_000}
    assert case.money() == {"reserved": 900_001, "ordered": 100_000}
    await case.approve("funding", 2)
    assert (await case.award(2)).accepted
    await accept(case, "inception", 2)
    for part in ("permit", "interim", "final"):
        await accept(case, part)
    await case.gate("agreement.text")
    assert sum(dues(case).values()) == 1_000_001
    assert [key for key, _ in deferred(case)] == [f"{case.id}:study.retention"]
    assert gate["question"] == "Fund the study with KRW 900,001"


@pytest.mark.parametrize("days", [10, 30])
async def test_a_case_that_ends_pays_what_its_date_has_released_and_no_more(house: House, days: int) -> None:
    case = await awarded(house, f"ends-{days}")
    await house.skip(case.study, days, short_of=1)
    if days == 30:
        await case.until("tranche due")
    assert (await case.withdraw()).accepted
    assert await case.ended() == "withdrawn"
    owed = {"ordered": 100_000} if days == 30 else {}
    assert (case.money(), dues(case)) == (owed, {"advance": 100_000} if owed else {})


async def test_only_what_releases_money_is_paid_and_all_three_deliverables_are_due(house: House) -> None:
    case = await awarded(house, "once", tranches={"final": 100})
    for part in ("inception", "interim", "final"):
        await accept(case, part)
    await case.gate("agreement.text")
    assert dues(case) == {"final": 1_000_001}
