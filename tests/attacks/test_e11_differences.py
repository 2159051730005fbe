"""E11: numbers squatted, workflows doubled, reset and started past Accord; money without an owner."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from temporalio.api.common.v1 import Header, WorkflowExecution, WorkflowType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    StartWorkflowExecutionRequest,
    TerminateWorkflowExecutionRequest,
)
from temporalio.client import WorkflowExecutionStatus

from activities.operations.engine import SEAL
from models.case.envelope import said, starting
from models.operations.difference import DifferenceKind
from models.partnership.partnership import PartnershipStart
from models.tables.case import case as cases
from models.tables.payment import payment
from runtime import keys
from services.case.queue import TASK_QUEUE
from services.people.principal import carrying
from tests.support.differing import OPERATOR, deleted, kinds, mended, reconciler
from tests.support.house import Case, House, proposal
from tests.support.operating import RESET, operated
from tests.support.patience import eventually_async
from tests.support.paying import pinned
from tests.support.rewinding import reset_to_the_beginning

pytestmark = pytest.mark.engine


async def named(case: Case, kind: DifferenceKind) -> None:
    """Wait until this, and nothing else, is named: the engine lists what is new a moment later."""

    async def there() -> bool:
        return await kinds(case) == [kind]

    await eventually_async(there, f"{case.id}: {kind}")


async def test_a_squatted_number_is_named_and_freed(house: House) -> None:
    case = Case(house, proposal("E11-SQUAT"))
    await house.client.start_workflow("anything", "x", id="partnership/E11-SQUAT", task_queue="nobody")
    await named(case, DifferenceKind.SQUATTED)
    assert [one.done for one in await mended(case)] == ["its workflow is ended"]
    assert await kinds(case) == []
    assert (await case.handle.describe()).status is WorkflowExecutionStatus.TERMINATED


async def test_a_squatter_with_a_seal_of_its_own_is_named_too(house: House) -> None:
    case = Case(house, proposal("E11-SEAL"))
    payload = house.client.data_converter.payload_converter.to_payload("0" * 64)
    await house.client.workflow_service.start_workflow_execution(
        StartWorkflowExecutionRequest(
            namespace="default",
            workflow_id="partnership/E11-SEAL",
            workflow_type=WorkflowType(name="partnership"),
            task_queue=TaskQueue(name="nobody"),
            request_id="squat",
            header=Header(fields={SEAL: payload}),
        )
    )
    await named(case, DifferenceKind.SQUATTED)
    assert [one.done for one in await mended(case)] == ["its workflow is ended"]


async def test_a_second_workflow_of_a_case_is_named_and_ended_where_it_did_nothing(house: House) -> None:
    """Somebody with the keys, or a fault of ours, has started it under another id."""
    case = await house.propose()
    await case.gate("review")
    start = PartnershipStart(case=pinned(case), proposal=case.proposal)
    other = f"cohort/{case.id}"
    principal = keys.principal(house.settings)
    with carrying(principal.envelope(starting("partnership"), other, said(start))):
        await house.client.start_workflow(
            "partnership", start, id=other, task_queue=TASK_QUEUE, start_delay=timedelta(days=9)
        )
    await named(case, DifferenceKind.DOUBLED)
    assert [one.done for one in await mended(case)] == ["its workflow is ended"]
    assert await kinds(case) == []
    await case.withdraw()


async def test_what_runs_although_its_case_is_closed_is_ended(house: House) -> None:
    """A workflow that was terminated and closed on record, and that somebody has reset: it goes on."""
    case = await house.propose()
    await case.gate("review")
    await case.handle.terminate(reason="past every rule")
    await mended(case)
    with house.database.begin() as connection:  # it was closed long ago
        closed_at = connection.scalar(select(cases.c.closed_at).where(cases.c.id == case.id))
        of = update(cases).where(cases.c.id == case.id)
        connection.execute(of.values(closed_at=datetime(2026, 1, 1, tzinfo=UTC)))
    start = PartnershipStart(case=pinned(case), proposal=case.proposal)
    principal = keys.principal(house.settings)
    with carrying(principal.envelope(starting("partnership"), case.handle.id, said(start))):
        await house.client.start_workflow(
            "partnership",
            start,
            id=case.handle.id,
            task_queue=TASK_QUEUE,
            start_delay=timedelta(days=9),
        )
    await named(case, DifferenceKind.STILL_RUNNING)
    assert [one.done for one in await mended(case)] == ["its workflow is ended"]
    assert await kinds(case) == []
    with house.database.begin() as connection:
        connection.execute(of.values(closed_at=closed_at))


async def test_a_case_that_was_started_again_is_named_once(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    await house.client.workflow_service.terminate_workflow_execution(
        TerminateWorkflowExecutionRequest(
            namespace="default", workflow_execution=WorkflowExecution(workflow_id=case.handle.id)
        )
    )
    start = PartnershipStart(case=pinned(case), proposal=case.proposal)
    principal = keys.principal(house.settings)
    with carrying(principal.envelope(starting("partnership"), case.handle.id, said(start))):
        await house.client.start_workflow("partnership", start, id=case.handle.id, task_queue=TASK_QUEUE)
    assert await kinds(case) == [DifferenceKind.STARTED_AGAIN]
    assert await kinds(case) == []
    assert (await case.vote(await case.gate("review"), "expert.lim")).accepted
    await case.withdraw()


async def test_what_operators_have_done_is_no_difference(house: House) -> None:
    reset, again = await house.propose(), await house.propose()
    await reset.gate("review")
    await operated(house, RESET, reset.id)
    assert await kinds(reset) == []
    await again.gate("review")
    await deleted(again, again.handle)
    assert [bool(one.done) for one in await mended(again)] == [True]
    assert await kinds(again) == []
    await reset_to_the_beginning(reset, reset.handle)
    assert await kinds(reset) == [DifferenceKind.RESET]
    await reset.withdraw()
    await again.withdraw()


async def test_money_without_an_owner_and_payments_in_doubt_are_named(house: House) -> None:
    case = await house.propose()
    await case.reach("study.inception-delivery")
    assert (await case.deliver("inception")).accepted
    await case.approve("study.inception")
    row = await case.payment("inception", "due", "requested")
    assert await kinds(case) == []
    in_force = row["state"]
    with house.database.begin() as connection:
        connection.execute(update(payment).where(payment.c.key == row["key"]).values(state="in_doubt"))
        closed = cases.update().where(cases.c.number == case.id)
        connection.execute(closed.values(closed_at=cases.c.started_at))
    found = {one.kind: one for one in await reconciler(house).find(case.id)}
    with house.database.begin() as connection:
        connection.execute(update(payment).where(payment.c.key == row["key"]).values(state=in_force))
        connection.execute(cases.update().where(cases.c.number == case.id).values(closed_at=None))
    assert found[DifferenceKind.IN_DOUBT].detail == row["key"]
    kept = 1_000_001 - row["amount"]  # what the bank may have is a doubt: nobody may give it back
    assert found[DifferenceKind.MONEY].detail.startswith(f"{kept} in ")
    assert not [one for one in await reconciler(house).repair(OPERATOR, case.id) if one.done]
    await case.withdraw()
