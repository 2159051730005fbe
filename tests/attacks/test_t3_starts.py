"""T3: workflows of ours, started past the services."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from activities.case import audit
from activities.case.cases import find
from models.amount import Amount
from models.base import Message
from models.case.envelope import DOOR, said, starting
from models.case.rule import CaseRule
from models.partnership.partnership import PartnershipStart
from runtime import keys
from runtime.settings import Settings
from services.case.queue import TASK_QUEUE
from services.people.principal import carrying
from tests.support import kinds, signed
from tests.support.house import Case, House, proposal
from tests.support.patience import eventually
from tests.support.paying import pinned
from tests.support.rewinding import reset_to_the_beginning
from tests.support.rogue import QUEUE, rogue

CHILDREN = ("study", "agreement", "payment", "report")
"""Kinds of which tests start one by itself."""


def greedy(house: House, number: str) -> PartnershipStart:
    """A partnership that gives itself nine billion."""
    proposed = proposal(number, requested=Amount(minor=9_000_000_000, currency="KRW"))
    case = pinned(Case(house, proposed))
    return PartnershipStart(case=case, proposal=proposed)


def tried(house: House, workflow: str) -> list[str | None]:
    """The rules by which starts of this workflow were refused, on record."""
    rows = house.read(lambda connection: audit.history(connection, audit.Question(DOOR)))
    return [row["rule"] for row in rows if row["payload"]["facts"]["workflow"] == workflow]


async def fails(handle: WorkflowHandle[Any, Any]) -> str | None:
    """The type of the failure that a workflow ends with."""
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    assert isinstance(failed.value.cause, ApplicationError)
    return failed.value.cause.type


@pytest.mark.parametrize("kind", CHILDREN)
async def test_what_nobody_has_signed_does_nothing(
    house: House, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[WorkflowHandle[Any, Any]] = []

    async def unsigned(
        client: Client, _: Settings, named: str, message: Message, workflow_id: str
    ) -> WorkflowHandle[Any, Any]:
        started.append(await client.start_workflow(named, message, id=workflow_id, task_queue=TASK_QUEUE))
        return started[0]

    async def at_its_gate(_: str) -> None:
        """It has none."""

    monkeypatch.setattr(signed, "start", unsigned)
    monkeypatch.setattr(house, "gate", at_its_gate)
    subject = await kinds.started(house, kind)
    assert await fails(started[0]) == CaseRule.UNSIGNED_START
    assert subject.history() == []
    assert tried(house, started[0].id) == [CaseRule.UNSIGNED_START]
    assert not [row for row in house.read(_open_gates) if row["workflow_id"] == started[0].id]


async def test_a_case_under_rules_of_ones_own_has_no_effect_and_keeps_no_number(house: House) -> None:
    start = greedy(house, "T3-GREEDY")
    where = f"partnership/{start.case.id}"
    handle = await house.client.start_workflow("partnership", start, id=where, task_queue=TASK_QUEUE)
    assert await fails(handle) == CaseRule.UNSIGNED_START
    assert house.read(lambda connection: find(connection, "T3-GREEDY")) is None
    case = await house.propose(case="T3-GREEDY")
    await case.gate("review")
    assert tried(house, where) == [CaseRule.UNSIGNED_START]
    await case.withdraw()


async def test_a_reset_makes_no_start_any_better(house: House) -> None:
    """Who reaches the engine's port can reset what has failed: then it is no first run any more."""
    start = greedy(house, "T3-RESET")
    where = f"partnership/{start.case.id}"
    handle = await house.client.start_workflow("partnership", start, id=where, task_queue=TASK_QUEUE)
    assert await fails(handle) == CaseRule.UNSIGNED_START
    await reset_to_the_beginning(Case(house, start.proposal), house.client.get_workflow_handle(where))
    assert await fails(house.client.get_workflow_handle(where)) == CaseRule.UNSIGNED_START
    assert house.read(lambda connection: find(connection, start.case.id)) is None
    assert tried(house, where) == [CaseRule.UNSIGNED_START] * 2


async def test_what_goes_on_as_one_of_ours_is_none(house: House) -> None:
    """Somebody's workflow continues as new, as a partnership: that is no first run either."""
    start = greedy(house, "T3-BECOMES")
    where = f"partnership/{start.case.id}"
    async with rogue(house.client.service_client.config.target_host) as client:
        await client.start_workflow("becomes", start.model_dump(mode="json"), id=where, task_queue=QUEUE)
        assert await fails(house.client.get_workflow_handle(where)) == CaseRule.UNSIGNED_START
    assert house.read(lambda connection: find(connection, start.case.id)) is None
    assert tried(house, where) == [CaseRule.UNSIGNED_START]


Squat = Callable[[House, str], Awaitable[object]]


async def later(house: House, where: str) -> object:
    """It begins in ten years."""
    ever = timedelta(days=3650)
    return await house.client.start_workflow(
        "partnership", greedy(house, "T3-LATER"), id=where, task_queue=TASK_QUEUE, start_delay=ever
    )


async def elsewhere(house: House, where: str) -> object:
    """Nobody works at its queue."""
    return await house.client.start_workflow("anything", "x", id=where, task_queue="nobody")


async def garbage(house: House, where: str) -> object:
    """It cannot be read."""
    return await house.client.start_workflow("partnership", {"x": 1}, id=where, task_queue=TASK_QUEUE)


async def with_another_envelope(house: House, where: str) -> object:
    """It bears an envelope of the services, for another case."""
    start = greedy(house, "T3-OTHER")
    principal = keys.principal(house.settings)
    envelope = principal.envelope(starting("partnership"), "partnership/T3-OTHER", said(start))
    ever = timedelta(days=3650)
    with carrying(envelope):
        return await house.client.start_workflow(
            "partnership", start, id=where, task_queue=TASK_QUEUE, start_delay=ever
        )


@pytest.mark.parametrize("squat", [later, elsewhere, garbage, with_another_envelope])
async def test_nobody_keeps_a_number_from_a_case(house: House, squat: Squat) -> None:
    number = f"T3-{squat.__name__.replace('_', '-').upper()}-1"
    await squat(house, f"partnership/{number}")
    case = await house.propose(case=number)
    await case.gate("review")
    await case.withdraw()


async def test_a_case_that_is_there_is_not_begun_again(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    assert not await house.partnerships.propose(case.proposal)
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    assert not await house.partnerships.propose(case.proposal)


@pytest.mark.parametrize("act", ["start:study", "partnership", "start:partnership"])
async def test_an_envelope_is_for_one_message_and_one_act(house: House, act: str) -> None:
    """Of the start of another kind; of another act; of the same act, for another message."""
    start = greedy(house, f"T3-ACT-{act.replace(':', '-').upper()}")
    where = f"partnership/{start.case.id}"
    other = start.model_copy(update={"proposal": start.proposal.model_copy(update={"title": "Another"})})
    digest = said(other) if act == starting("partnership") else said(start)
    with carrying(keys.principal(house.settings).envelope(act, where, digest)):
        handle = await house.client.start_workflow("partnership", start, id=where, task_queue=TASK_QUEUE)
    assert await fails(handle) == CaseRule.ENVELOPE_OTHER
    assert tried(house, where) == [CaseRule.ENVELOPE_OTHER]
    await eventually(lambda: house.read(lambda c: find(c, start.case.id)) is None, "there is no case")


def _open_gates(connection: Any) -> list[Any]:
    from activities.case.inbox import waiting

    return list(waiting(connection))
