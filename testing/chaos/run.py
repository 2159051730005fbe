"""A run: people work, things happen, calm returns, every case is ended; then it is looked at what holds."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from sqlalchemy.exc import OperationalError
from temporalio.client import Client
from temporalio.service import RPCError

from activities.operations.reconcile import Reconciliation
from models.operations.difference import Difference, DifferenceKind
from runtime import keys
from services.case.updates import Unreachable
from testing.chaos.checker import Promise, Violation, violations
from testing.chaos.evidence import Evidence, look, pending
from testing.chaos.history import History
from testing.chaos.mending import mend
from testing.chaos.mishaps import SCENARIOS
from testing.chaos.mishaps.nemesis import Nemesis
from testing.chaos.people import People, running
from testing.chaos.world import Has, World, world
from testing.postgres import started_postgres

PAUSE = (1.0, 5.0)
"""Seconds between two things that happen."""
LONGEST_END = 300.0
"""Seconds that the last letter, and the end of the last case, may take when calm has returned."""

Say = Callable[[str], None]
T = TypeVar("T")


class Plan(NamedTuple):
    """What is to be done."""

    scenario: str
    seed: int
    seconds: float
    kind: str = "sqlite"
    """Of the database."""


class Report(NamedTuple):
    """What came of it."""

    operations: int
    unknown: int
    """Requests of which nobody was told what became of them."""
    happened: int
    entries: int
    violations: tuple[Violation, ...]


def schedule(plan: Plan, has: Collection[Has]) -> Iterator[tuple[float, Nemesis, random.Random]]:
    """What happens: so many seconds after what was before, and the chance it has. All of it follows from the
    seed; how far people are by then depends on the machine.
    """
    chance = random.Random(f"{plan.seed}/nemeses")
    known = [one for one in SCENARIOS[plan.scenario] if one.needs is None or one.needs in has]
    while known:
        yield chance.uniform(*PAUSE), chance.choice(known), random.Random(chance.random())


async def run(plan: Plan, home: Path, history: History, say: Say) -> Report:
    """Carry it out on a new installation in the empty folder ``home``, and write it down. MailMissing,
    PostgresMissing: what it takes is not installed.
    """
    history.said({"plan": plan._asdict()})
    async with AsyncExitStack() as stack:
        server = stack.enter_context(started_postgres()) if plan.kind == "postgresql" else None
        made = await stack.enter_async_context(world(home, server))
        happened = await _reigned(made, plan, history, say)
        # a workflow that bears a number which is not its own does not end when it is asked
        await _reached(lambda: mend(made))
        wedged = await _ended(made)
        await _reached(lambda: mend(made))
        await _told(made)
        evidence = await _seen(made, wedged)
    found = tuple(violations(history.operations, evidence))
    for one in found:
        history.said({"violation": one.promise.name, "detail": one.detail})
    asked = tuple(history.operations)
    return Report(
        operations=len(asked),
        unknown=sum(one.seq is None and one.outcome == "unknown" for one in asked),
        happened=happened,
        entries=len(evidence.entries),
        violations=found,
    )


async def _reigned(made: World, plan: Plan, history: History, say: Say) -> int:
    """Let people work, and things happen; how many did."""
    happened = 0
    async with People(made, history, plan.seed).at_work():
        async with _within(LONGEST_END):
            while not any(one.seq for one in history.operations):  # noqa: ASYNC110 - they begin in their time
                await asyncio.sleep(0.1)
        end = asyncio.get_running_loop().time() + plan.seconds
        for pause, nemesis, chance in schedule(plan, made.has):
            if asyncio.get_running_loop().time() + pause > end:
                break
            await asyncio.sleep(pause)
            did = await nemesis.strike(made, chance)
            happened += 1
            history.happened(nemesis.name, did)
            say(f"{nemesis.name}: {did}")
        await asyncio.sleep(max(0.0, end - asyncio.get_running_loop().time()))
    with made.outside.bank.lock:
        made.outside.bank.manners = []
    made.outside.mail.manners = []
    return happened


async def _ended(made: World) -> tuple[str, ...]:
    """Have an operator end every case; which workflows did not end."""
    asked: set[str] = set()
    async with _within(LONGEST_END):
        while handles := await _reached(lambda: running(made)):
            for handle in handles:
                if handle.id not in asked:
                    asked.add(handle.id)
                    await _reached(handle.cancel)
            await asyncio.sleep(0.5)
    return tuple(handle.id for handle in await _reached(lambda: running(made)) or ())


async def _told(made: World) -> None:
    """Wait for the last letter."""
    async with _within(LONGEST_END):
        while _letters_wait(made):  # noqa: ASYNC110 - another process sends them
            await asyncio.sleep(0.5)


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """Give up after so long: what is not done then is a finding, not a fault of the run."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        return


async def _reached(ask: Callable[[], Awaitable[T]]) -> T | None:
    """What the engine says, as soon as it answers; None: that has ended meanwhile."""
    while True:
        try:
            return await ask()
        except RPCError as error:
            if "not found" in str(error).lower() or "completed" in str(error):
                return None
        except (RuntimeError, OperationalError, Unreachable):
            pass
        await asyncio.sleep(0.5)


def _letters_wait(made: World) -> bool:
    try:
        with made.database.connect().execution_options(readonly=True) as connection:
            return pending(connection) > 0
    except OperationalError:  # it recovers
        return True


async def _seen(made: World, wedged: tuple[str, ...]) -> Evidence:
    found = await _differences(made, await made.client())
    with made.database.connect().execution_options(readonly=True) as connection:
        evidence = look(connection, made.outside.bank)
    return evidence._replace(
        arrived=made.outside.mail.arrived,
        differences=tuple(str(one) for one in found if one.kind is not DifferenceKind.IN_DOUBT),
        doubts=frozenset(one.detail for one in found if one.kind is DifferenceKind.IN_DOUBT),
        wedged=wedged,
    )


async def _differences(made: World, client: Client) -> tuple[Difference, ...]:
    signer = keys.principal(made.settings).signer
    return await Reconciliation(made.database, signer).find(client)


def promises(report: Report) -> Iterator[tuple[Promise, int]]:
    """How often each promise did not hold."""
    for promise in Promise:
        yield promise, sum(one.promise is promise for one in report.violations)
