"""Seals: what our workflows ask is done, whatever the process has received before."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from activities.case.record import lock
from adapters.database import connect
from models.case.approval import Decision
from models.case.panel import Choice
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.temporal.embedded import Embedded
from runtime.wire.converter import RECEIVED
from runtime.workers.worker import working
from services.case.queue import TASK_QUEUE
from tests.support.house import House
from tests.support.patience import eventually_async
from tests.support.rewinding import reset_to_the_last_task
from workflows.case.notice import NoticeDelivery

pytestmark = pytest.mark.engine


async def test_an_activity_without_an_input_is_ours_whatever_was_received_before(tmp_path: Path) -> None:
    """The tasks of a worker inherit the context of whoever started it: what they had received is not ours."""
    settings = Settings(home=tmp_path)
    database = connect(settings.database)
    set_up(database, settings)
    engine = Embedded(tmp_path)
    before = RECEIVED.set((Payload(data=b"something else"),))
    try:
        client = await engine.start()
        async with working(client, database, settings, grace=timedelta(seconds=1)):
            delivered = await client.execute_workflow(
                NoticeDelivery.run, id="notice/test", task_queue=TASK_QUEUE, run_timeout=timedelta(seconds=30)
            )
        assert delivered >= 0
    finally:
        RECEIVED.reset(before)
        engine.stop()
        database.dispose()


async def test_what_waits_when_a_workflow_is_reset_is_done_all_the_same(house: House) -> None:
    """The engine takes over into the new run what the old one had asked for."""
    case = await house.propose()
    gate = await case.gate("review")
    read = gate["content_hash"]
    vote = Decision(gate=gate["id"], verdict=Choice.APPROVE, actor="expert.lim", content_hash=read)
    with house.database.begin() as connection:
        lock(connection)  # the vote is decided, and cannot be written
        await case.handle.signal("decide", vote)
        await eventually_async(lambda: _writing(case.handle), "the vote is being written")
        await case.handle.signal("no-such-message")  # a task after the one that asked for the entry
        await eventually_async(lambda: _at_rest(case.handle), "the signal is taken")
        await reset_to_the_last_task(case, case.handle)
    await case.until("vote approve")
    assert case.actions().count("vote approve") == 1
    await case.withdraw()
    assert await case.ended() == "withdrawn"


async def _writing(handle: WorkflowHandle[Any, Any]) -> bool:
    return bool((await handle.describe()).raw_description.pending_activities)


async def _at_rest(handle: WorkflowHandle[Any, Any]) -> bool:
    """Whether every signal has been taken by a task."""
    events = (await handle.fetch_history()).events
    return events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
