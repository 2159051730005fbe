"""`accord admin`: two operators reset, terminate or cancel; on record, once, and nothing stays behind."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from activities.case import cases
from activities.case.inbox import waiting
from activities.operations import operation as operations
from models.case.envelope import Belief
from models.case.rule import CaseRule
from models.money.fund import Sleeve
from models.operations.operation import OperationAct
from models.operations.rule import OperationsRule
from models.people.asking import Confirmation, Withdrawal
from services.case.cases import Refused
from services.operations.engine import Engine
from services.operations.operators import Operators, Said
from testing.fakebank import Manner
from tests.support.cohort_lives import seated
from tests.support.command import Done, inside
from tests.support.house import Case, House
from tests.support.installation import installation
from tests.support.operating import (
    CANCEL,
    ONE,
    OTHER,
    RESET,
    TERMINATE,
    all_is_right,
    operated,
    operators,
    order,
)
from tests.support.patience import eventually_async
from tests.support.paying import payment, posts
from tests.support.rewinding import first_task_after_the_opening, reset
from tests.support.scenarios import fund_of

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An installation of this file's own: all of its books are proved."""
    async with installation(tmp_path_factory.mktemp("operated")) as house:
        yield house


async def is_gone(case: Case, part: str = "") -> bool:
    """Whether the engine has terminated a workflow."""
    handle = case.house.client.get_workflow_handle(f"partnership/{case.id}{part}")
    return (await handle.describe()).status is WorkflowExecutionStatus.TERMINATED


def nothing_is_left(case: Case) -> None:
    """No money, no gate, nobody on the waiting list, nothing of it open; and all of the books are right."""
    assert case.money() == {}
    assert not [gate for gate in case.house.read(waiting) if gate["case"] == case.id]
    assert not [row for row in case.house.read(lambda c: cases.parts(c, case.id)) if not row["closed_at"]]
    all_is_right(case.house)


# -- terminate --------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", ["review", "funding", "study.award", "study.inception", "agreement.signing"])
async def test_a_terminated_case_gives_back_what_it_holds(stage: House, stop: str) -> None:
    case = await stage.propose()
    await case.reach(stop)
    paid = {key: case.money().get(key, 0) for key in ("ordered", "disbursed")}
    await operated(stage, TERMINATE, case.id)
    assert case.row()["status"] == "cancelled"
    assert case.money() == {key: minor for key, minor in paid.items() if minor}
    assert await is_gone(case)
    actions = case.actions()
    assert actions[-1] == "closed: cancelled"
    told = ["terminate asked for", "terminate confirmed", "terminated", "told everyone"]
    assert [one for one in actions if one in told] == told
    assert ("signature rounds voided" in actions) is (stop == "agreement.signing")
    assert stage.read(lambda c: operations.took_part(c, case.id, ["coord.seo"]))
    all_is_right(stage)


async def test_a_terminated_case_leaves_payments_to_go_on_and_what_they_give_back_is_released(
    stage: House,
) -> None:
    case = await stage.propose()
    await case.reach("study.interim-delivery")
    await case.gate("study.inception-request")
    ordered = case.money()["ordered"]
    await operated(stage, TERMINATE, case.id)
    assert case.money() == {"ordered": ordered}
    with pytest.raises(Refused) as closed:
        await operators(stage).ask(order(TERMINATE, case.id))
    assert closed.value.rule == CaseRule.CASE_CLOSED
    await operated(stage, TERMINATE, f"{case.id}/payment/inception")
    assert await is_gone(case, "/payment/inception")
    assert (await case.payment("inception", "cancelled"))["state"] == "cancelled"
    assert "rest of the payment released" in case.actions()
    nothing_is_left(case)


async def test_a_terminated_payment_that_nobody_asked_for_is_committed_again(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.interim-delivery")
    await case.gate("study.inception-request")
    await operated(stage, TERMINATE, f"{case.id}/payment/inception")
    assert case.money() == {"committed": 1_000_001}
    assert not case.row()["closed_at"]
    all_is_right(stage)
    await operated(stage, CANCEL, case.id)
    assert await case.ended() == "cancelled"
    nothing_is_left(case)


async def test_what_the_bank_may_have_stays_due_and_is_never_sent_again(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.interim-delivery")
    stage.bank.manners = [Manner.ELSEWHERE]  # the bank disagrees: it is asked about, for people to clear up
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.payment("inception", "in_doubt")
    await operated(stage, TERMINATE, f"{case.id}/payment/inception")
    assert (await case.payment("inception", "in_doubt"))["state"] == "in_doubt"
    ordered = case.money()["ordered"]
    await operated(stage, TERMINATE, case.id)
    assert case.money() == {"ordered": ordered}
    assert len(posts(stage, case)) == 1
    all_is_right(stage)


async def test_what_could_not_leave_the_house_goes_back_and_never_will(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.interim-delivery")
    stage.bank.manners = [Manner.BUSY] * 5
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.until("payment not sent")
    await operated(stage, TERMINATE, f"{case.id}/payment/inception")
    stage.bank.manners = []
    assert (await case.payment("inception", "cancelled"))["state"] == "cancelled"
    assert case.money() == {"committed": 1_000_001}
    await operated(stage, TERMINATE, case.id)
    nothing_is_left(case)


async def test_a_payment_that_is_made_stays_made(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.interim-delivery")
    await case.paid("inception")
    paid = case.money()["disbursed"]
    await operated(stage, TERMINATE, f"{case.id}/payment/inception")
    assert (await case.payment("inception", "paid"))["state"] == "paid"
    await operated(stage, TERMINATE, case.id)
    assert case.money() == {"disbursed": paid}
    all_is_right(stage)


async def test_a_study_that_is_terminated_ends_its_case_which_gives_everything_back(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.inception-delivery")
    await operated(stage, TERMINATE, f"{case.id}/study")
    assert await case.ended() == "cancelled"
    nothing_is_left(case)


async def test_who_waits_for_money_is_served_when_a_case_is_terminated(stage: House) -> None:
    base = Sleeve(id="sl-narrow", name="N", cap=1_000_001)
    stage.programme("narrow", sleeve="sl-narrow", fund=fund_of(stage, "fund-narrow", base))
    first, second, third = [await stage.propose(programme="narrow") for _ in range(3)]
    await first.reach("study.tender")
    for waits in (second, third):
        await waits.approve("review")
        await waits.gate("funding.revision")
    await operated(stage, TERMINATE, second.id)
    nothing_is_left(second)
    await operated(stage, TERMINATE, first.id)
    nothing_is_left(first)
    await third.gate("funding.offer")
    assert third.money() == {"reserved": 1_000_001}
    await operated(stage, TERMINATE, third.id)
    nothing_is_left(third)


async def test_a_terminated_cohort_gives_up_its_seats_and_its_budget(stage: House) -> None:
    cohort, nominees = await seated(stage)
    await operated(stage, TERMINATE, cohort.id)
    assert set(cohort.states().values()) == {"cancelled"}
    assert cohort.money() == {}
    all_is_right(stage)
    assert nominees


async def test_what_was_terminated_behind_our_back_is_given_back_by_two_operators(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.tender")
    await case.handle.terminate("by somebody at the port")
    await case.study.terminate("by somebody at the port")
    with pytest.raises(Refused) as gone:
        await operators(stage).ask(order(CANCEL, case.id))
    assert gone.value.rule == OperationsRule.NOT_RUNNING
    await operated(stage, TERMINATE, case.id)
    nothing_is_left(case)


# -- cancel, reset ----------------------------------------------------------------------------


async def test_a_cancelled_case_closes_by_itself_and_says_who_wanted_it(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.tender")
    await operated(stage, CANCEL, case.id)
    assert await case.ended() == "cancelled"
    rows = case.history()
    said = {row["action"]: row for row in rows}
    assert said["cancel asked for"]["actor"] == ONE
    assert said["cancel confirmed"]["actor"] == OTHER
    assert "It is stuck." in said["closed: cancelled"]["reason"]
    nothing_is_left(case)


async def test_a_case_that_is_reset_goes_on_from_what_the_record_has(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.award")
    run = (await case.handle.describe()).run_id
    (first, *_) = await Engine(stage.client).tasks(case.handle.id, run)
    before, money = case.actions(), case.money()
    await operated(stage, RESET, case.id, event=first)
    assert (await case.handle.describe()).run_id != run
    assert case.actions() == [*before, "reset asked for", "reset confirmed", "reset"]
    assert case.money() == money
    await operated(stage, RESET, f"{case.id}/study")
    await case.award()
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    nothing_is_left(case)


async def test_a_reset_of_a_payment_in_doubt_sends_nothing_again(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.interim-delivery")
    stage.bank.manners = [Manner.ELSEWHERE]
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.payment("inception", "in_doubt")
    money = case.money()
    await operated(stage, RESET, f"{case.id}/payment/inception")
    run = (await payment(case).describe()).run_id
    first = await eventually_async(lambda: Engine(stage.client).tasks(payment(case).id, run), "it goes on")
    await operated(stage, RESET, f"{case.id}/payment/inception", event=first[0])
    await operated(stage, RESET, case.id)
    await case.deliver("interim")
    await case.gate("study.interim")
    assert case.money() == money
    assert (await case.payment("inception", "in_doubt"))["state"] == "in_doubt"
    assert len(posts(stage, case)) == 1
    all_is_right(stage)


async def test_a_workflow_that_was_terminated_lives_again_by_a_reset(stage: House) -> None:
    case = await stage.propose()
    await case.reach("funding")
    await case.handle.terminate("by somebody at the port")
    await operated(stage, RESET, case.id)
    await case.approve("funding")
    await case.gate("study.tender")
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    nothing_is_left(case)


# -- crashes, and what is said twice ----------------------------------------------------------


class Broken(Exception):
    """The command's process is gone."""


class Dying(Engine):
    """The engine of a command that dies after what it did, before that is on record."""

    async def reset(self, *asked: Any) -> bool:
        """It is reset; nobody hears of it."""
        await super().reset(*asked)
        raise Broken

    async def terminate(self, *asked: Any) -> None:
        """It is terminated; nobody hears of it."""
        await super().terminate(*asked)
        raise Broken

    async def cancel(self, *asked: Any) -> bool:
        """It is told to end; nobody hears of it."""
        await super().cancel(*asked)
        raise Broken


class Dead(Engine):
    """The engine of a command that dies before it does anything."""

    async def reset(self, *_: Any) -> bool:
        """Nothing is done."""
        raise Broken


async def begun(house: House, act: OperationAct, case: str, engine: Engine | None = None) -> int:
    """Two operators have said so, and the command of the second one died at the engine; its number."""
    asked = await operators(house).ask(order(act, case))
    mortal = Operators(house.database, Belief(), engine or Dying(house.client))
    with pytest.raises(Broken):
        await mortal.confirm(Confirmation(number=asked.seq, actor=OTHER))
    return asked.seq


async def test_whoever_repeats_it_finishes_a_termination_that_a_crash_left_half_done(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.award")
    number = await begun(stage, TERMINATE, case.id)
    assert await is_gone(case) and case.money()
    (left,) = stage.read(lambda c: operations.waiting(c, datetime.now(UTC)))
    assert (left.number, left.confirmed_by) == (number, OTHER)
    with pytest.raises(Refused) as rejected:
        operators(stage).reject(Withdrawal(number=number, actor=ONE))
    assert rejected.value.rule == OperationsRule.CONFIRMED
    assert (await operators(stage).confirm(Confirmation(number=number, actor=ONE))).done
    nothing_is_left(case)
    with pytest.raises(Refused) as again:
        await operators(stage).confirm(Confirmation(number=number, actor=ONE))
    assert again.value.rule == OperationsRule.UNKNOWN_OPERATION


async def test_a_reset_that_a_crash_left_half_done_is_not_done_twice(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.award")
    number = await begun(stage, RESET, case.id)
    run = (await case.handle.describe()).run_id
    assert (await operators(stage).confirm(Confirmation(number=number, actor=ONE))).done
    assert (await case.handle.describe()).run_id == run
    assert case.actions().count("reset") == 1
    await case.withdraw()


async def test_a_reset_is_not_done_where_another_run_has_begun_meanwhile(stage: House) -> None:
    case = await stage.propose()
    await case.reach("funding")
    asked = await operators(stage).ask(order(RESET, case.id))
    await reset(stage, case, await first_task_after_the_opening(case.handle))
    run = (await case.handle.describe()).run_id
    assert (await operators(stage).confirm(Confirmation(number=asked.seq, actor=OTHER))).done, "of any run"
    assert (await case.handle.describe()).run_id != run
    newest_run = (await case.handle.describe()).run_id
    (first, *_) = await eventually_async(
        lambda: Engine(stage.client).tasks(case.handle.id, newest_run), "it goes on"
    )
    newest = await operators(stage).ask(order(RESET, case.id, event=first))
    await reset(stage, case, await first_task_after_the_opening(case.handle))
    with pytest.raises(Refused) as other:
        await operators(stage).confirm(Confirmation(number=newest.seq, actor=OTHER))
    assert other.value.rule == OperationsRule.RUN_CHANGED
    await case.withdraw()


async def test_a_cancellation_that_a_crash_left_half_done_is_over_with_its_case(stage: House) -> None:
    case = await stage.propose()
    await case.gate("review")
    number = await begun(stage, CANCEL, case.id)
    assert await case.ended() == "cancelled"
    with pytest.raises(Refused) as over:
        await operators(stage).confirm(Confirmation(number=number, actor=ONE))
    assert over.value.rule == OperationsRule.UNKNOWN_OPERATION
    nothing_is_left(case)


async def test_many_who_finish_a_termination_at_once_finish_it_once(stage: House) -> None:
    case = await stage.propose()
    await case.reach("study.award")
    await _finished_by_many(stage, await begun(stage, TERMINATE, case.id))
    assert case.actions().count("terminated") == 1
    nothing_is_left(case)


async def test_many_who_finish_a_reset_at_once_reset_once(stage: House) -> None:
    case = await stage.propose()
    await case.gate("review")
    await _finished_by_many(stage, await begun(stage, RESET, case.id, Dead(stage.client)))
    runs = stage.client.list_workflows(f"WorkflowId = '{case.handle.id}'")
    assert len([run async for run in runs]) == 2, "the one that was reset, and what was made of it"
    assert case.actions().count("reset") == 1
    await case.withdraw()


async def _finished_by_many(house: House, number: int) -> None:
    said = [operators(house).confirm(Confirmation(number=number, actor=OTHER)) for _ in range(4)]
    done = await asyncio.gather(*said, return_exceptions=True)
    assert any(isinstance(one, Said) and one.done for one in done), done


# -- as people type it ------------------------------------------------------------------------


async def typed(home: Path, *words: str) -> Done:
    """What a command answers. It runs beside this loop, with one of its own."""
    return await asyncio.to_thread(inside, home, *words)


async def test_as_people_type_it(stage: House) -> None:
    case, home = await stage.propose(), stage.settings.home
    await case.reach("funding")
    asked = await typed(home, "admin", "terminate", case.id, "--reason", "It is stuck.", "--as", ONE)
    assert asked.code == 0
    (number,) = re.findall(r"record (\d+)", asked.out)
    assert f"accord admin confirm {number}" in asked.out
    pending = (await typed(home, "admin", "pending", "-o", "json")).data()
    (waits,) = [row for row in pending if row["record"] == int(number)]
    assert (waits["state"], waits["asked_by"]) == ("to be confirmed", ONE)
    alone = await typed(home, "admin", "confirm", number, "--as", ONE)
    assert (alone.code, "two-people" in alone.err) == (5, True)
    done = await typed(home, "admin", "confirm", number, "--as", OTHER)
    assert (done.code, ": done (record" in done.out) == (0, True)
    assert (await typed(home, "admin", "pending", "-o", "json")).data() == []
    again = await typed(home, "admin", "confirm", number, "--as", OTHER)
    assert (again.code, "unknown-operation" in again.err, "admin pending" in again.err) == (3, True, True)
    over = await typed(home, "admin", "cancel", case.id, "--reason", "It is stuck.", "--as", ONE)
    assert (over.code, "case-closed" in over.err) == (6, True)
    told = (await typed(home, "history", case.id, "-o", "json")).data()
    ours = [row for row in told if row["stage"] == "operations" and not row["rule"]]
    assert [(row["action"], row["actor"]) for row in ours] == [
        ("terminate asked for", ONE),
        ("terminate confirmed", OTHER),
        ("terminated", "accord"),
    ]
    nothing_is_left(case)


async def test_what_does_not_exist_is_refused_with_what_to_do(stage: House) -> None:
    home, case = stage.settings.home, await stage.propose()
    await case.gate("review")
    for words, rule in (
        (("reset", "NO-SUCH", "--reason", "So."), "unknown-case"),
        (("cancel", f"{case.id}/study", "--reason", "So."), "unknown-case"),
        (("reset", case.id, "--reason", "So.", "--event", "1"), "no-task"),
        (("confirm", "999999"), "unknown-operation"),
        (("reject", "999999", "--reason", "So."), "unknown-operation"),
    ):
        done = await typed(home, "admin", *words, "--as", ONE)
        assert done.code in (3, 7)
        assert rule in done.err and "what to do:" in done.err and "reference: record" in done.err
    waits = await typed(home, "admin", "cancel", case.id, "--reason", "So.", "--as", ONE)
    (number,) = re.findall(r"record (\d+)", waits.out)
    withdrawn = await typed(home, "admin", "reject", number, "--reason", "No.", "--as", ONE)
    assert withdrawn.code == 0
    assert case.actions()[-2:] == ["cancel asked for", "cancel withdrawn"]
    await operated(stage, CANCEL, case.id)
    assert await case.ended() == "cancelled"
    all_is_right(stage)
