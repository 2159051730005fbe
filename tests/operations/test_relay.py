"""The relay: it ends when it is told to, whatever comes in that very moment."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast
from unittest import mock

import pytest
from sqlalchemy import Engine
from temporalio.service import RPCError, RPCStatusCode

from activities.case import calendar, record
from models.case.calendar import CalendarDay
from models.case.effects import Declared
from models.case.record import Batch, Entry, Source
from runtime.workers import relay as relays
from runtime.workers.relay import Relay
from tests.support.house import House


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


class Away(Deaf):
    """An engine that cannot be reached, until it can."""

    def __init__(self) -> None:
        self.status: RPCStatusCode | None = RPCStatusCode.UNAVAILABLE
        self.heard: list[str] = []

    def get_workflow_handle(self, workflow_id: str) -> "Away":
        """Whoever is asked for is here."""
        self.asked = workflow_id
        return self

    async def signal(self, name: str, **_: Any) -> None:
        """Take a signal, or not."""
        if self.status:
            raise RPCError("away", self.status, b"")
        self.heard.append(f"{name} {self.asked}")


async def test_a_declared_day_is_told_until_the_engine_has_taken_it(house: House) -> None:
    case = await house.propose(country="BN", city="Bandar Seri Begawan", applicant="host.bn")
    gate = await case.gate("review")
    day = CalendarDay(country="BN", day=gate["due_at"].date(), working=False, name="Joint leave")
    with house.database.connect() as connection, connection.begin() as undone:
        entry = Entry(
            key="calendar:test",
            stage="calendar",
            action="day declared",
            actor="reg.eom",
            at=datetime.now(UTC),
            effects=(Declared(day=day),),
        )
        source = Source(case="calendar", workflow_id="calendar", run_id="", rules="")
        (receipt,) = record.write(connection, Batch(source=source, entries=(entry,)))
        mine = [one for one in calendar.untold(connection) if one.record == receipt.seq]
        undone.rollback()
    assert f"partnership/{case.id}" in [one.workflow_id for one in mine]
    engine = Away()
    relay = Relay(cast(Any, engine), house.database)
    heard: list[calendar.Untold] = []
    with mock.patch.object(relay, "_heard", heard.append):
        await relay._calendar(mine[0])
        assert (engine.heard, heard) == ([], []), "it is told again"
        engine.status = RPCStatusCode.NOT_FOUND
        await relay._calendar(mine[0])
        assert (engine.heard, heard) == ([], [mine[0]]), "nobody is there any more"
        engine.status = None
        await relay._calendar(mine[0])
        assert engine.heard == [f"calendar {mine[0].workflow_id}"]
    await case.withdraw()
