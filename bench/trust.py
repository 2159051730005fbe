"""What trust costs: `python -m bench.trust`. CPU-ms a decision with envelopes and seals, and without.

One process, one engine, one database: a worker that signs, verifies and seals as the product does, and one
that does nothing of it, by turns; each carries whole cases. Nobody can have the second anywhere but here.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count, islice
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple
from unittest.mock import patch

from rich.console import Console
from temporalio.client import Client

from activities.case.door import Door
from adapters.seals import Seals
from bench.measure import Latencies, carry
from bench.ours import Ours
from bench.process import cpu
from bench.stand import database_of
from models.case.envelope import Belief
from runtime import logs
from runtime.settings import Settings
from runtime.temporal.embedded import Embedded
from runtime.wire.sealing import Sealing
from runtime.workers.worker import working
from services.people.principal import Principal

TURNS, CASES = 8, 4
AIM = 1.05


@contextmanager
def believing_everybody() -> Iterator[None]:
    """Nothing is signed, verified or sealed meanwhile."""
    nothing: dict[tuple[type, str], Any] = {
        (Principal, "envelope"): lambda *_: "",
        (Door, "believed"): lambda *_: Belief(),
        (Door, "believed_start"): lambda *_: Belief(),
        (Sealing, "intercept_activity"): lambda _, following: following,
        (Sealing, "workflow_interceptor_class"): lambda *_: None,
    }
    with ExitStack() as stack:
        for (kind, name), instead in nothing.items():
            stack.enter_context(patch.object(kind, name, instead))
        yield


WORK = (
    (Principal, "envelope"),
    (Door, "believed"),
    (Door, "believed_start"),
    (Seals, "seal"),
    (Seals, "is_sealed"),
)
"""Where envelopes are signed and verified, and seals made and looked at."""


class Clocked:
    """CPU seconds that are spent where that is done, in whatever thread, while ``clocking``."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def clocking(self) -> Iterator[None]:
        """Product and all, but for the clock."""
        with ExitStack() as stack:
            for kind, name in WORK:
                stack.enter_context(patch.object(kind, name, self._clocked(getattr(kind, name))))
            yield

    def _clocked(self, work: Any) -> Any:
        def clocked(*given: Any) -> Any:
            before = time.thread_time()
            try:
                return work(*given)
            finally:
                self.seconds += time.thread_time() - before

        return clocked


class Turn(NamedTuple):
    """CPU-ms a decision: of all there is (engine, worker, sender), and of envelopes and seals alone."""

    all: float
    trust: float


async def measured(turns: int, cases: int) -> dict[str, list[Turn]]:
    """What each turn took, with and without."""
    found: dict[str, list[Turn]] = {"with": [], "without": []}
    numbers = (f"TRUST-{number:05}" for number in count(1))
    with tempfile.TemporaryDirectory(prefix="accord-trust-", ignore_cleanup_errors=True) as folder:
        engine = Embedded(Path(folder))
        try:
            client = await engine.start()
            for turn in range(turns + 1):  # the first warms up, and counts for nothing
                for way in sorted(found, reverse=bool(turn % 2)):
                    took = await _turn(way, client, engine, list(islice(numbers, cases)))
                    found[way] += [took] if turn else []
        finally:
            engine.stop()
    return found


async def _turn(way: str, client: Client, engine: Embedded, todo: list[str]) -> Turn:
    clocked = Clocked()
    believing = clocked.clocking() if way == "with" else believing_everybody()
    with database_of(engine.home, None) as (_, database), believing:
        driver = Ours(client, database, engine.home)
        async with working(client, database, Settings(home=engine.home)):
            before, clocked.seconds = _used(engine), 0.0
            await asyncio.gather(*(carry(driver, case, Latencies()) for case in todo))
            await driver.settled()
            used = _used(engine) - before
        database.dispose()
    decisions = len(todo) * driver.decisions
    return Turn(used * 1000 / decisions, clocked.seconds * 1000 / decisions)


def _used(engine: Embedded) -> float:
    """Seconds of CPU so far: this process, and the engine that it started."""
    assert engine.pid
    return time.process_time() + cpu(engine.pid)


def main() -> None:
    """Measure, and print both figures, their ratio, and the aim."""
    parser = argparse.ArgumentParser(prog="python -m bench.trust", description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--cases", type=int, default=CASES, help="whole cases in each turn")
    wish = parser.parse_args()
    logs.configure(50)
    found = asyncio.run(measured(wish.turns, wish.cases))
    for line in _told(found["with"], found["without"]):
        Console().print(line)


def _told(signed: list[Turn], unsigned: list[Turn]) -> Iterator[str]:
    for way, turns in (("with", signed), ("without", unsigned)):
        took = [turn.all for turn in turns]
        spread = f"{mean(took):.1f} [{min(took):.1f}-{max(took):.1f}]"
        yield f"{way} envelopes and seals: {spread} CPU-ms a decision"
    yield f"ratio: {mean(t.all for t in signed) / mean(t.all for t in unsigned):.3f}, aim {AIM}"
    trust, rest = mean(t.trust for t in signed), mean(t.all - t.trust for t in signed)
    yield f"clocked in the first: {trust:.2f} CPU-ms a decision, which would be {1 + trust / rest:.3f}"


if __name__ == "__main__":
    main()
