"""What happens to an installation. Each strikes once, and leaves it to recover."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.service import RPCError

from activities.case.record import lock
from testing.chaos import mail
from testing.chaos.people import somewhere
from testing.chaos.proxy import Line
from testing.chaos.world import Part, World
from testing.fakebank import Manner

Strike = Callable[[World, random.Random], Awaitable[str]]


class Nemesis(NamedTuple):
    """Something that happens, and how; the answer says in words what was done."""

    name: str
    strike: Strike
    needs: str | None = None
    """The kind of database without which it cannot happen."""


def kills(part: Part) -> Nemesis:
    """SIGKILL."""

    async def strike(world: World, _: random.Random) -> str:
        return f"killed {world.signal(part, signal.SIGKILL)}"

    return Nemesis(f"kills {part}", strike)


def stops(part: Part) -> Nemesis:
    """It stands still for some seconds, as a machine does that swaps, or is cut off from the others."""

    async def strike(world: World, chance: random.Random) -> str:
        seconds = chance.uniform(1, 12)
        world.signal(part, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            world.signal(part, signal.SIGCONT)
        return f"stood still for {seconds:.1f} s"

    return Nemesis(f"stops {part}", strike)


async def _locks(world: World, chance: random.Random) -> str:
    seconds = chance.uniform(0.5, 7)

    def hold() -> None:
        with world.database.begin() as connection:
            lock(connection)
            time.sleep(seconds)

    with contextlib.suppress(SQLAlchemyError):
        await asyncio.to_thread(hold)
    return f"held for {seconds:.1f} s"


async def _ends_connections(world: World, _: random.Random) -> str:
    with contextlib.suppress(SQLAlchemyError):
        return f"ended {await asyncio.to_thread(_terminated, world)}"
    return "the database was away"


async def _crashes_database(world: World, chance: random.Random) -> str:
    """The server ends every connection, and recovers from its log, when a backend is killed."""
    with contextlib.suppress(ProcessLookupError, SQLAlchemyError):
        if backends := await asyncio.to_thread(_backends, world):
            os.kill(chance.choice(backends), signal.SIGKILL)
            return "killed a backend"
    return "nobody was connected"


_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def _terminated(world: World) -> int:
    with world.database.connect() as connection:
        return len(connection.execute(text(f"SELECT pg_terminate_backend(pid) {_OTHERS}")).all())


def _backends(world: World) -> list[int]:
    with world.database.connect() as connection:
        return list(connection.scalars(text(f"SELECT pid {_OTHERS} ORDER BY pid")))


def cuts(which: str) -> Nemesis:
    """The line to the bank, or to the mail server, is bad for some seconds."""

    async def strike(world: World, chance: random.Random) -> str:
        proxy = world.outside.to_bank if which == "bank" else world.outside.to_mail
        line, seconds = chance.choice([one for one in Line if one is not Line.GOOD]), chance.uniform(1, 10)
        proxy.line = line
        try:
            await asyncio.sleep(seconds)
        finally:
            proxy.line = Line.GOOD
        return f"{line} for {seconds:.1f} s"

    return Nemesis(f"cuts the line to the {which}", strike)


async def _bank_misbehaves(world: World, chance: random.Random) -> str:
    manners = chance.choices([one for one in Manner if one is not Manner.SILENT], k=4)
    with world.outside.bank.lock:
        world.outside.bank.manners = list(manners)
    return ", ".join(manners)


async def _mail_misbehaves(world: World, chance: random.Random) -> str:
    manners = chance.choices(list(mail.Manner), k=20)
    world.outside.mail.manners = list(manners)
    return ", ".join(sorted(set(manners)))


async def _resets(world: World, chance: random.Random) -> str:
    """Somebody with the engine's own tool has a workflow go back; what people sent is sent again."""
    with contextlib.suppress(RPCError):
        handle = await somewhere(world, chance)
        if handle is None:
            return "nobody"
        events = (await handle.fetch_history()).events
        done = [e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
        if done:
            event = chance.choice(done)
            client = await world.client()
            wish = ResetWorkflowExecutionRequest(
                namespace=client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=handle.id),
                reason="chaos",
                workflow_task_finish_event_id=event,
                request_id=f"{handle.id}/{event}/{chance.random()}",
            )
            await client.workflow_service.reset_workflow_execution(wish)
            return f"{handle.id} to event {event}"
    return "nobody"


async def _cancels(world: World, chance: random.Random) -> str:
    with contextlib.suppress(RPCError):
        if handle := await somewhere(world, chance):
            await handle.cancel()
            return handle.id
    return "nobody"


KILLS = (kills(Part.WORKER), kills(Part.ENGINE), kills(Part.UP))
STOPS = (stops(Part.WORKER), stops(Part.ENGINE))
LINES = (cuts("bank"), cuts("mail server"))
DATABASE = (
    Nemesis("locks the record", _locks),
    Nemesis("ends the connections to the database", _ends_connections, "postgresql"),
    Nemesis("crashes the database", _crashes_database, "postgresql"),
)
OUTSIDE = (Nemesis("bank misbehaves", _bank_misbehaves), Nemesis("mail server misbehaves", _mail_misbehaves))
OPERATORS = (Nemesis("resets a workflow", _resets), Nemesis("cancels a workflow", _cancels))

SCENARIOS: dict[str, tuple[Nemesis, ...]] = {
    "calm": (),
    "kills": KILLS,
    "stops": STOPS,
    "network": LINES,
    "database": DATABASE,
    "outside": OUTSIDE,
    "operators": OPERATORS,
    "all": (*KILLS, *STOPS, *LINES, *DATABASE, *OUTSIDE, *OPERATORS),
}
