"""T1: activities of ours, asked for by somebody who has nothing but the engine's port."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.service import RPCError

from activities.case.audit import newest
from models.case.record import Batch
from tests.support import paying
from tests.support.house import House
from tests.support.rogue import QUEUE, Wanted, rogue
from tests.support.wanted import payment, vote

DIGEST = "0" * 64
ASKED: dict[str, Any] = {
    "record": vote("T1-9"),
    "pay": payment("T1-9"),
    "ask": payment("T1-9"),
    "ask-returned": {"key": "T1-9:study.inception:1"},
    "rights": {
        "case": "T1-9",
        "actor": "minister.kr",
        "day": "2026-11-27",
        "parties": [],
        "cooling_off_days": 0,
        "message": DIGEST,
    },
    "terms": {"rules": DIGEST, "fields": [], "case": "T1-9", "workflow_id": "partnership/T1-9"},
    "recall": {"keys": ["T1-9:closed"]},
    "conclusion": {"case": "T1-9/study"},
}


@pytest.mark.parametrize("name", ["record", "pay"])
async def test_no_activity_is_executed_without_a_workflow(house: House, name: str) -> None:
    before = house.read(newest)
    with pytest.raises(RPCError, match="disabled"):
        await house.client.start_activity(
            name,
            vote("T1-ALONE"),
            id=f"alone-{name}",
            task_queue="accord",
            start_to_close_timeout=timedelta(seconds=5),
        )
    assert house.read(newest) == before


@pytest.mark.parametrize("name", ASKED)
async def test_a_workflow_that_is_not_ours_has_no_activity_executed(house: House, name: str) -> None:
    before, posts = house.read(newest), list(house.bank.posts)
    async with rogue(house.client.service_client.config.target_host) as client:
        assert await _refused(client, Wanted(name, ASKED[name]), f"rogue-{name}") == "unsealed"
    assert house.read(newest) == before
    assert house.bank.posts == posts


async def test_a_seal_that_was_seen_on_the_way_is_of_no_use(house: House) -> None:
    """Not for another input; not for the same input, asked for by another workflow, under whatever id."""
    case = await paying.due(house)
    handle = paying.payment(case)
    await case.gate("study.inception-request")
    header, content = await _sealed(handle, "record")
    before = house.read(newest)
    async with rogue(house.client.service_client.config.target_host, header) as client:
        assert await _refused(client, Wanted("record", vote(case.id)), "rogue-stolen") == "unsealed"
        assert await _refused(client, Wanted("record", content), "rogue-again") == "unsealed"
        await handle.terminate()
        assert await _refused(client, Wanted("record", content), handle.id) == "unsealed"
    assert house.read(newest) == before


async def _refused(client: Any, wanted: Wanted, workflow_id: str) -> str | None:
    with pytest.raises(WorkflowFailureError) as failed:
        await client.execute_workflow("rogue", wanted, id=workflow_id, task_queue=QUEUE)
    error = failed.value.cause
    assert isinstance(error, ActivityError), error
    assert isinstance(error.cause, ApplicationError), error.cause
    return error.cause.type


async def _sealed(handle: Any, name: str) -> tuple[dict[str, Payload], Any]:
    """The header and the input of an activity, as anybody reads them in the engine."""
    async for event in handle.fetch_history_events():
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name == name:
            batch = house_converter().from_payloads(list(scheduled.input.payloads), [Batch])[0]
            return dict(scheduled.header.fields), batch.model_dump(mode="json")
    raise AssertionError(f"no {name} in {handle.id}")


def house_converter() -> Any:
    """Reads what ours has written: it is packed, not encrypted."""
    from runtime.wire.converter import Payloads

    return Payloads()
