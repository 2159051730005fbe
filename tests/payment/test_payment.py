"""Payments: requested, approved by others, sent once whatever the bank does, never more than is due."""

import asyncio
from datetime import timedelta

import pytest

from activities.case import record
from activities.case.inbox import waiting
from activities.money import level, proof
from models.amount import Amount
from models.case.envelope import SELF_DECLARED
from models.case.rule import CaseRule, Rule
from models.money.fund import Sleeve
from models.money.rule import MoneyRule
from models.money.treasury import FundAct, FundOrder
from models.payment.payment import Hold, PaymentRequest, PaymentState, Release
from models.payment.rule import PaymentRule
from services.case.cases import Refused
from services.money.treasury import Treasury
from testing.fakebank import Manner
from tests.support import signed
from tests.support.house import MANAGERS, Case, House, sha
from tests.support.patience import eventually, patience
from tests.support.paying import (
    booked,
    came_back,
    due,
    paid,
    payment,
    posts,
    proved,
    shown,
    stopped_at_its_record,
)
from tests.support.refusal import refused
from tests.support.scenarios import fund_of
from workflows.payment.pauses import pause_after


async def test_a_tranche_is_due_when_accepted_and_paid_when_approved_by_two_others(house: House) -> None:
    case = await due(house)
    await proved(case, committed=700_001, ordered=300_000)
    assert (await case.request("inception")).accepted
    gate = await case.gate("study.inception-payment")
    assert (await case.vote(gate, "consult.jang")).rule in (CaseRule.OWN_PROPOSAL, CaseRule.ROLE_NOT_HELD)
    assert (await case.vote(gate, "pay.oh")).accepted
    assert (await case.vote(gate, "pay.oh", comment="Again.")).rule == CaseRule.SECOND_VOTE
    assert paid(house, case) == []
    assert (await case.vote(gate, "pay.ryu")).accepted
    row = await case.payment("inception", "paid")
    assert str(row["reference"]).startswith("B-")
    await proved(case, committed=700_001, disbursed=300_000)
    assert (paid(house, case), posts(house, case)) == (["300000"], [f"{case.id}:study.inception:1"])


async def test_accepted_work_is_paid_though_the_case_has_ended(house: House) -> None:
    case = await house.propose()
    await case.reach("study.interim-delivery")
    await case.gate("study.inception-request")
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    await proved(case, ordered=300_000)
    await case.paid("inception")
    await proved(case, disbursed=300_000)


async def test_less_may_be_eligible_and_the_rest_goes_back_to_the_commitment(house: House) -> None:
    case = await due(house)
    gate = await case.gate("study.inception-request")
    much = {
        "gate": gate["id"],
        "actor": "consult.jang",
        "invoice": sha("i"),
        "number": "1",
        "amount": 300_001,
    }
    await refused(case, "request_payment", PaymentRequest(**much), MoneyRule.COMMITMENT_EXCEEDED)
    await case.request("inception", minor=250_000)
    await case.approve("study.inception-payment")
    await case.payment("inception", "paid")
    await proved(case, committed=750_001, disbursed=250_000)


@pytest.mark.parametrize("manner", [Manner.HANG_UP, Manner.ERROR, Manner.GARBAGE, Manner.SLOWLY])
async def test_what_the_bank_has_taken_is_never_sent_again(house: House, manner: Manner) -> None:
    case = await due(house)
    house.bank.manners = [manner]
    await case.paid("inception")
    assert (len(posts(house, case)), paid(house, case)) == (1, ["300000"])
    assert ("payment in doubt" in case.actions()) == (manner is not Manner.SLOWLY)
    await proved(case, committed=700_001, disbursed=300_000)


async def test_what_the_bank_rejects_may_be_requested_again(house: House) -> None:
    case = await due(house)
    house.bank.manners = [Manner.REJECT]
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.payment("inception", "returned", "due")
    await proved(case, committed=700_001, ordered=300_000)
    await case.paid("inception", 2)
    assert paid(house, case) == ["300000"]
    await proved(case, committed=700_001, disbursed=300_000)


async def test_a_held_payment_is_not_sent_until_somebody_else_releases_it(house: House) -> None:
    case = await due(house)
    await case.request("inception")
    gate = await case.gate("study.inception-payment")
    hold = Hold(gate=gate["id"], actor="pay.oh", reason="The invoice looks odd.")
    release = Release(gate=gate["id"], actor="pay.oh", reason="It is fine.")
    await refused(case, "release", release, PaymentRule.NOT_HELD)
    assert (await case.send("hold", hold)).accepted
    await refused(case, "hold", hold.model_copy(update={"actor": "pay.ryu"}), PaymentRule.HELD)
    await refused(case, "release", release, CaseRule.TWO_PEOPLE)
    await refused(case, "release", release.model_copy(update={"actor": "expert.lim"}), CaseRule.ROLE_NOT_HELD)
    await case.approve("study.inception-payment")
    await case.until("approval approved")
    assert posts(house, case) == []
    assert (await case.send("release", release.model_copy(update={"actor": "pay.ryu"}))).accepted
    await case.payment("inception", "paid")
    await refused(case, "hold", hold, PaymentRule.ALREADY_SENT)


async def test_a_statement_shows_a_payment_once_and_only_with_its_amount(house: House) -> None:
    case = await due(house)
    await case.paid("inception")
    line = shown(case)
    wrong = shown(case, amount=Amount(minor=300_001, currency="KRW"))
    await refused(case, "match", wrong, PaymentRule.STATEMENT)
    assert (await case.send("match", line)).accepted
    row = await case.payment("inception", "reconciled")
    assert row["statement"] == f"{line.statement[:12]}:B-1"


async def test_money_that_the_bank_sends_back_is_corrected_and_due_again(house: House) -> None:
    case = await due(house)
    await case.paid("inception")
    await came_back(case)
    await case.gate("study.inception-request", 2)
    await proved(case, committed=700_001, ordered=300_000)
    await case.paid("inception", 2)
    await proved(case, committed=700_001, disbursed=300_000)
    assert len(posts(house, case)) == 2


async def test_nothing_is_sent_from_a_frozen_fund_or_to_a_payee_without_an_account(house: House) -> None:
    """It waits, and says why; it is tried again by itself."""
    fund = fund_of(house, "fund-frost", Sleeve(id="sl-frost", name="S", cap=1_500_000))
    house.programme("frost", sleeve="sl-frost", fund=fund)
    case = await due(house, programme="frost")
    with house.database.begin() as connection:
        level.freeze(connection, "fund-frost", "a test")
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.until("payment not sent")
    assert posts(house, case) == []
    assert "frozen: a test" in next(r["reason"] for r in case.history() if r["action"] == "payment not sent")
    with house.database.begin() as connection:
        level.freeze(connection, "fund-frost", None)
    handle = house.client.get_workflow_handle(f"partnership/{case.id}/payment/inception")
    await house.skip(handle, 1)
    await case.payment("inception", "paid")


async def test_what_was_paid_too_much_is_claimed_and_comes_back_to_the_fund(house: House) -> None:
    """Ineligible costs: a receivable that names the payment, tracked until it is repaid or given up."""
    case = await due(house)
    await case.paid("inception")
    about = {"level": "asean-studies", "of": f"{case.id}:study.inception", "reason": "Not eligible."}

    def both(act: FundAct, minor: int) -> Rule | None:
        for actor in MANAGERS:
            try:
                Treasury(house.database, SELF_DECLARED).order(
                    FundOrder(act=act, actor=actor, amount=minor, **about)
                )
            except Refused as error:
                return error.rule
        return None

    def sleeve() -> level.LevelRow:
        return next(row for row in house.read(level.balances) if row["id"] == "asean-studies")

    before = sleeve()
    assert both(FundAct.CLAIM, 300_001) == MoneyRule.COMMITMENT_EXCEEDED
    assert both(FundAct.CLAIM, 50_000) is None
    assert sleeve()["receivable"] == before["receivable"] + 50_000
    assert both(FundAct.REPAY, 50_001) == MoneyRule.COMMITMENT_EXCEEDED
    assert both(FundAct.REPAY, 30_000) is None
    assert both(FundAct.WRITE_OFF, 20_000) is None
    after = sleeve()
    assert after["receivable"] == before["receivable"]
    assert (after["returned"], after["available"]) == (
        before["returned"] + 30_000,
        before["available"] + 30_000,
    )
    await proved(case, committed=700_001, disbursed=300_000)


async def test_what_came_back_of_a_smaller_payment_is_all_that_is_due_again(house: House) -> None:
    case = await due(house)
    await case.request("inception", minor=250_000)
    await case.approve("study.inception-payment")
    await case.payment("inception", "paid")
    await came_back(case, amount=Amount(minor=250_000, currency="KRW"))
    gate = (await case.gate("study.inception-request", 2))["id"]
    much = PaymentRequest(gate=gate, actor="consult.jang", invoice=sha("i"), number="1", amount=250_001)
    await refused(case, "request_payment", much, MoneyRule.COMMITMENT_EXCEEDED)
    await case.paid("inception", 2)
    await proved(case, committed=750_001, disbursed=250_000)


WAITS = [(1, 1), (2, 2), (5, 16), (10, 512), (11, 720), (10**6, 720)]


@pytest.mark.parametrize(("attempt", "minutes"), WAITS)
def test_a_bank_that_is_away_is_tried_again_however_long_it_stays_away(attempt: int, minutes: int) -> None:
    assert pause_after(attempt) == timedelta(minutes=minutes)


async def test_what_is_stopped_while_its_gate_is_being_opened_leaves_no_gate_open(house: House) -> None:
    case, start = booked(house)
    with house.database.begin() as connection:
        record.lock(connection)  # the opening waits for us, and the order to stop does not
        handle = await signed.start(house.client, house.settings, "payment", start, payment(case).id)
        await stopped_at_its_record(handle)
    assert await handle.result() == PaymentState.CANCELLED
    assert [row["action"] for row in case.history()[-3:]] == [
        "payment awaited",
        "payment cancelled",
        "closed: cancelled",
    ]
    assert [row for row in house.read(waiting) if row["case"] == case.id] == []
    await proved(case, committed=1_000_001)


async def test_what_is_given_up_after_the_case_is_over_goes_back_to_the_fund(house: House) -> None:
    case = await house.propose()
    await case.reach("launched")
    assert await case.ended() == "launched"
    assert case.money() == {"ordered": case.proposal.requested.minor}
    for part in ("inception", "interim", "final"):
        handle = house.client.get_workflow_handle(f"partnership/{case.id}/payment/{part}")
        await handle.cancel()
        await asyncio.wait_for(handle.result(), patience())
    assert case.money() == {}
    assert house.read(proof.check) == []


async def stopped(case: Case) -> str:
    """Stop the payment, as an operator can; how it ended."""
    await payment(case).cancel()
    return str(await asyncio.wait_for(payment(case).result(), patience(60)))


async def test_a_payment_that_is_stopped_at_the_bank_is_booked_as_the_bank_decided(house: House) -> None:
    case = await due(house)
    house.bank.manners = [Manner.SLOWLY]
    await case.request("inception")
    await case.approve("study.inception-payment")
    await eventually(lambda: posts(house, case), "the bank has it")
    assert await stopped(case) == PaymentState.PAID
    assert (len(posts(house, case)), paid(house, case)) == (1, ["300000"])
    assert (await case.payment("inception", "paid"))["reference"]
    await proved(case, committed=700_001, disbursed=300_000)


async def test_what_nobody_knows_of_a_stopped_payment_stays_due(house: House) -> None:
    """The bank does not know it, yet; a statement may show it tomorrow."""
    case = await due(house)
    house.bank.manners = [Manner.DROP]
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.payment("inception", "in_doubt")
    assert await stopped(case) == PaymentState.IN_DOUBT
    await case.payment("inception", "in_doubt")
    await proved(case, committed=700_001, ordered=300_000)


async def test_what_was_paid_stays_paid_when_its_workflow_is_stopped(house: House) -> None:
    case = await due(house)
    await case.paid("inception")
    assert await stopped(case) == PaymentState.PAID
    assert "payment left in doubt" not in case.actions()
    await case.payment("inception", "paid")
    await proved(case, committed=700_001, disbursed=300_000)
