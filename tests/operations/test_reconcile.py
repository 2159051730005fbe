"""What differs between engine, record and ledger is found, named, and mended where that is safe."""

from datetime import timedelta

import pytest
from temporalio.client import ScheduleActionStartWorkflow

from activities.case.notice import listing as notices
from activities.operations import looking
from activities.operations.engine import Workflows
from models.case.conflict_of_interest import Conflict, Declaration
from models.case.rule import CaseRule
from models.operations.comparison import InEngine
from models.operations.difference import DifferenceKind
from runtime.workers.schedules import RECONCILE
from services.case.cases import Refused
from services.case.queue import TASK_QUEUE
from tests.support.command import accord
from tests.support.differing import OPERATOR, deleted, kinds, mended, reconciler
from tests.support.house import House
from tests.support.rewinding import reset_to_the_beginning
from workflows.operations.reconcile import Reconcile

pytestmark = pytest.mark.engine


async def test_a_case_that_goes_its_way_does_not_differ(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    assert await kinds(case) == []
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    assert await kinds(case) == []


async def test_a_terminated_case_is_named_once_and_closed_by_an_operator(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    await case.handle.terminate(reason="past every rule")
    for _ in range(2):
        assert await kinds(case) == [DifferenceKind.ENDED]
    assert case.actions().count("difference found") == 1
    with pytest.raises(Refused) as refused:
        await mended(case, "coord.seo")
    assert refused.value.rule is CaseRule.ROLE_NOT_HELD
    assert [one.done for one in await mended(case)] == ["closed on record"]
    assert case.row()["status"] == "cancelled"
    assert [row["action"] for row in case.history() if row["actor"] == OPERATOR] == ["difference mended"]
    assert await mended(case) == []


async def test_whoever_has_to_do_with_a_case_mends_nothing_there(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    interest = Declaration(case=case.id, actor=OPERATOR, conflict=Conflict.SOFT, note="A friend's.")
    assert (await case.send("declare", interest)).accepted
    await case.handle.terminate(reason="past every rule")
    assert [one.done for one in await mended(case)] == [""]
    assert [one.done for one in await mended(case, "ops.seok")] == ["closed on record"]


async def test_where_money_is_held_two_operators_are_asked_for(house: House) -> None:
    case = await house.propose()
    await case.reach("funding")
    await case.handle.terminate(reason="past every rule")
    (one,) = await mended(case)
    assert (one.difference.kind, one.done) == (DifferenceKind.ENDED, "")
    assert "accord admin terminate" in one.difference.kind.todo
    assert case.money() == {"reserved": 1_000_001}


async def test_a_deleted_case_is_named(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    await deleted(case, case.handle)
    assert await kinds(case) == [DifferenceKind.MISSING]


async def test_the_command_says_what_differs_and_what_to_do(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    await case.handle.terminate(reason="past every rule")
    home = house.settings.home
    found = await accord(home, "reconcile", case.id, "-o", "json")
    assert (found.code, [row["kind"] for row in found.data()]) == (10, ["ended"])
    done = await accord(home, "reconcile", case.id, "--repair", "--as", OPERATOR, "-o", "json")
    assert (done.code, [row["done"] for row in done.data()]) == (0, ["closed on record"])
    assert (await accord(home, "reconcile", case.id)).out == "Engine, record and ledger agree.\n"


async def test_a_reset_past_two_operators_is_named_once(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    await reset_to_the_beginning(case, case.handle)
    assert await kinds(case) == [DifferenceKind.RESET]
    assert await kinds(case) == []
    assert case.actions().count("difference found") == 1
    await case.withdraw()


async def test_a_deleted_case_is_started_again_and_goes_on_from_the_record(
    house: House,
) -> None:
    case = await house.propose()
    await case.reach("funding")
    await deleted(case, case.handle)
    (one,) = await mended(case)
    assert one.done.startswith("started again")
    gate = await case.gate("funding")
    assert (await case.vote(gate, "molit.park")).accepted
    assert await kinds(case) == []
    await case.withdraw()


async def test_a_part_that_is_deleted_ends_its_case_in_good_order(house: House) -> None:
    case = await house.propose()
    await case.reach("study.award")
    await deleted(case, case.study)
    await mended(case)
    assert await case.ended() == "cancelled"
    assert case.money() == {}
    await mended(case)
    assert await kinds(case) == []


async def test_where_many_are_looked_at_only_what_rests_is_asked_for_its_gates(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question at a bad moment leaves a history that no later worker can follow."""
    asked: list[str] = []

    async def open_gates(_: Workflows, run: InEngine) -> None:
        asked.append(run.workflow_id)

    monkeypatch.setattr(Workflows, "open_gates", open_gates)
    case = await house.propose()
    await case.gate("review")
    await reconciler(house).find()
    assert case.handle.id not in asked
    await reconciler(house).find(case.id)
    assert case.handle.id in asked
    asked.clear()
    monkeypatch.setattr(looking, "RESTS", timedelta())
    await reconciler(house).find()
    assert case.handle.id in asked
    await case.withdraw()


async def test_it_is_done_every_night_by_the_engine(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    await case.handle.terminate(reason="past every rule")
    described = await house.client.get_schedule_handle(RECONCILE).describe()
    action = described.schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    assert action.workflow == "reconcile"
    came = await house.client.execute_workflow(
        Reconcile.run, id=f"reconcile-{case.id}", task_queue=TASK_QUEUE
    )
    assert came.found >= came.new >= 1
    letters = [row for row in house.read(notices) if row["case"] == case.id and row["person"] == OPERATOR]
    assert [row["subject"].startswith(f"{case.id}: open on record") for row in letters] == [True]
    await mended(case)
