"""Seals: what our workflows ask is done, whatever the process has received before."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload

from adapters.database import connect
from runtime.converter import RECEIVED
from runtime.embedded import Embedded
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.worker import working
from services.case.queue import TASK_QUEUE
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
