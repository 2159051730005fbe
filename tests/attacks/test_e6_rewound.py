"""E6, E7: whether a workflow begins again or an operator resets it, wherever it waits, it goes on from what
the record has. Inbox and engine agree, the same words get the first answer; nothing is lost, nothing twice.
"""

import asyncio

import pytest

from tests.support.failed_tasks import failed_tasks
from tests.support.house import House
from tests.support.places import PLACES
from tests.support.rewinding import WAYS, Rewind


@pytest.mark.parametrize("rewind", WAYS, ids=lambda way: way.__name__)
async def test_it_goes_on_from_what_the_record_has(impatient: House, rewind: Rewind) -> None:
    async with asyncio.TaskGroup() as group:
        for place in PLACES:
            group.create_task(place(impatient, rewind), name=place.__name__)
    assert await failed_tasks(impatient.client) == []
