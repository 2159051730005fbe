"""`accord admin`: two operators reset, terminate or cancel; on record, once, and nothing stays behind."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import WorkflowExecutionStatus

from activities.case import cases
from activities.case.inbox import waiting
from activities.operations import operation as operations
from tests.support.house import Case, House
from tests.support.installation import installation
from tests.support.operating import (
    TERMINATE,
    all_is_right,
    operated,
)

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
