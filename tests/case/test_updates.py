"""What becomes of an update that the engine loses, or does not answer: it is asked about again."""

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest
from temporalio.client import Client, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from models.case.record import Answer
from models.partnership.partnership import Withdrawal
from services.case.updates import Gone, NotConfirmed, Turns, Unreachable, update
from tests.support.patience import eventually

MESSAGE = Withdrawal(case="U-1", actor="coord.seo", reason="No longer wanted.")
ANSWER = Answer(accepted=True, seq=7, message="Withdrawn.", standing="review/withdrawn")
LONG, SHORT = timedelta(minutes=5), timedelta(milliseconds=700)


class Engine:
    """An engine that fails in these ways, one after another; the last way stays."""

    def __init__(self, *ways: Exception | Answer) -> None:
        self.ways = list(ways)
        self.asked: list[str] = []
        self.turns = Turns()

    def get_workflow_handle(self, workflow_id: str) -> "Engine":
        assert workflow_id == "partnership/U-1"
        return self

    async def execute_update(self, name: str, message: Any, **how: Any) -> Answer:
        self.asked.append(how["id"])
        way = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
        if isinstance(way, Exception):
            raise way
        return way

    async def answer(self, patience: timedelta = LONG) -> Answer:
        """What somebody hears who sends the message here."""
        return await update(
            cast(Client, self), self.turns, "partnership/U-1", "withdraw", MESSAGE, "key", patience
        )


def error(status: RPCStatusCode, text: str = "") -> RPCError:
    """What the SDK raises for an error of the engine."""
    return RPCError(text or status.name, status, b"")


LOST = [
    error(RPCStatusCode.ABORTED, "workflow update was aborted"),
    error(RPCStatusCode.UNAVAILABLE, "shard status unknown"),
    error(RPCStatusCode.UNAVAILABLE, "tcp connect error"),
    error(RPCStatusCode.UNKNOWN, "connection reset by peer"),
    error(RPCStatusCode.INTERNAL),
    error(RPCStatusCode.RESOURCE_EXHAUSTED),
    error(RPCStatusCode.DEADLINE_EXCEEDED),
    error(RPCStatusCode.CANCELLED),
    WorkflowUpdateRPCTimeoutOrCancelledError(),
]
REFUSED = [
    error(RPCStatusCode.PERMISSION_DENIED),
    error(RPCStatusCode.UNAUTHENTICATED),
    error(RPCStatusCode.INVALID_ARGUMENT),
]


@pytest.mark.parametrize("lost", LOST, ids=str)
async def test_what_the_engine_lost_is_asked_about_again_under_the_same_id(lost: Exception) -> None:
    engine = Engine(lost, lost, ANSWER)
    assert await engine.answer() == ANSWER
    assert engine.asked == ["key"] * 3


@pytest.mark.parametrize("lost", LOST, ids=str)
async def test_it_is_not_confirmed_once_patience_is_used_up(lost: Exception) -> None:
    engine = Engine(lost)
    with pytest.raises(NotConfirmed):
        await engine.answer(SHORT)
    assert set(engine.asked) == {"key"}


@pytest.mark.parametrize("refused", REFUSED, ids=str)
async def test_what_the_engine_never_took_is_unreachable_at_once(refused: Exception) -> None:
    engine = Engine(refused)
    with pytest.raises(Unreachable):
        await engine.answer()
    assert engine.asked == ["key"]


async def test_what_may_have_been_taken_before_is_not_called_unreachable() -> None:
    engine = Engine(LOST[0], REFUSED[0])
    with pytest.raises(NotConfirmed, match="workflow update was aborted"):
        await engine.answer()


async def test_a_closed_workflow_is_gone_also_after_an_error() -> None:
    with pytest.raises(Gone):
        await Engine(LOST[1], error(RPCStatusCode.NOT_FOUND)).answer()


async def test_whoever_gives_up_while_it_is_asked_about_stops_asking() -> None:
    engine = Engine(LOST[0])
    asking = asyncio.create_task(engine.answer())
    await eventually(lambda: engine.asked, "the engine is asked")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


class Busy(Engine):
    """An engine that answers nobody before it is told to, and remembers how many it has let wait."""

    def __init__(self) -> None:
        super().__init__(ANSWER)
        self.in_flight = self.most = 0
        self.open = asyncio.Event()

    async def execute_update(self, name: str, message: Any, **how: Any) -> Answer:
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        await self.open.wait()
        self.in_flight -= 1
        return await super().execute_update(name, message, **how)


async def test_a_crowd_never_has_more_in_flight_than_the_engine_takes() -> None:
    engine = Busy()
    crowd = [asyncio.create_task(engine.answer()) for _ in range(200)]
    await eventually(lambda: engine.in_flight, "somebody has been let in")
    engine.open.set()
    assert await asyncio.gather(*crowd) == [ANSWER] * 200
    assert engine.most < 10, "the engine takes ten"


async def test_whoever_gave_up_while_waiting_takes_no_turn() -> None:
    engine = Busy()
    crowd = [asyncio.create_task(engine.answer(SHORT)) for _ in range(20)]
    assert {type(each) for each in await asyncio.gather(*crowd, return_exceptions=True)} == {NotConfirmed}
    engine.open.set()
    assert await engine.answer() == ANSWER
