"""What is watched: started again, less and less often, until it is clear that this does not help."""

import asyncio
from collections.abc import Iterator

import pytest

from runtime.temporal.engine import EngineError
from runtime.watching import backoff
from runtime.watching.backoff import CALM, Backoff
from runtime.watching.watch import _ENOUGH, GaveUp, watched
from tests.support.patience import eventually


class Frail:
    """A child that ends when it is told, or as soon as it was started."""

    name = "worker"
    advice = "Do something about it"

    def __init__(self, *ends: str | Exception) -> None:
        """How it ends after each start, from the first on; then it stays."""
        self._ends = iter(ends)
        self.starts = 1

    async def ended(self) -> str:
        """At once, or never."""
        end = next(self._ends, None)
        if end is None:
            await asyncio.Event().wait()
        return str(end)

    async def restart(self) -> None:
        """Start, or fail to."""
        self.starts += 1


class Hopeless(Frail):
    """It cannot even be started."""

    async def restart(self) -> None:
        """Fail."""
        await super().restart()
        raise EngineError("there is nothing to start")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a pause."""
    monkeypatch.setattr(backoff, "_SOON", 1e-6)


def pauses(lasted: Iterator[float]) -> list[float]:
    """How long each rests that has lasted so long."""
    rests = Backoff()
    return [rests.after(seconds) for seconds in lasted]


def test_pauses_grow_with_chance_in_them_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "_SOON", 0.2)
    for n, pause in enumerate(pauses(iter([0.0] * 20)), 1):
        assert min(0.2 * 2**n, 30) / 2 <= pause <= min(0.2 * 2**n, 30)
    assert len({*pauses(iter([0.0] * 20))}) == 20


def test_after_a_time_of_calm_it_is_at_once_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "_SOON", 0.2)
    assert pauses(iter([0.0] * 9 + [CALM]))[-1] <= 0.4


async def test_what_ends_is_started_again_and_the_block_goes_on() -> None:
    child = Frail("signal 9", "status 1")
    async with watched(child):
        await eventually(lambda: child.starts == 3, "it has been started twice")


@pytest.mark.parametrize("kind", [Frail, Hopeless])
async def test_what_does_not_stay_is_given_up_and_ends_the_block(kind: type[Frail]) -> None:
    child = kind(*["status 1"] * 100)
    with pytest.raises(GaveUp, match=r"worker does not stay \(status 1\).*8 times.*\. Do something"):
        async with watched(child):
            await asyncio.Event().wait()
    assert child.starts == _ENOUGH + 1


async def test_what_is_raised_in_the_block_comes_out_as_it_is() -> None:
    with pytest.raises(KeyError):
        async with watched(Frail()):
            raise KeyError


async def test_a_block_that_is_cancelled_is_cancelled() -> None:
    async def watching() -> None:
        async with watched(Frail()):
            await asyncio.Event().wait()

    task = asyncio.create_task(watching())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
