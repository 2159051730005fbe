"""The relay: it ends when it is told to, whatever comes in that very moment."""

import asyncio
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from runtime import relay as relays
from runtime.relay import Relay


class Deaf:
    """An engine that takes everything, and does nothing."""

    async def start_workflow(self, *_: Any, **__: Any) -> None:
        """Start nothing."""


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_it_ends_although_it_is_woken_in_that_moment(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before Python 3.12, `asyncio.wait_for` could lose the cancellation: the worker never ended then."""
    monkeypatch.setattr(relays, "_GATHER", 0.0)
    for moment in range(12):
        relay = Relay(cast(Any, Deaf()), database)
        async with asyncio.timeout(10) as limit:
            async with relay.running():
                await asyncio.sleep(0.3)  # it has looked, and rests
                relay.wake()
                for _ in range(moment):
                    await asyncio.sleep(0)
        assert not limit.expired(), f"woken {moment} steps before"
