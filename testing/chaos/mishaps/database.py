"""The database is locked, cut off, crashes, or is stopped and started again."""

import asyncio
import contextlib
import os
import random
import signal
import time

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from activities.case.record import lock
from testing.chaos.mishaps.nemesis import Nemesis
from testing.chaos.world import Has, World


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


async def _crashes(world: World, chance: random.Random) -> str:
    """The server ends every connection, and recovers from its log, when a backend is killed."""
    with contextlib.suppress(ProcessLookupError, SQLAlchemyError):
        if backends := await asyncio.to_thread(_backends, world):
            os.kill(chance.choice(backends), signal.SIGKILL)
            return "killed a backend"
    return "nobody was connected"


async def _stops(world: World, chance: random.Random) -> str:
    """The whole server is away for a while, without a farewell."""
    assert world.server
    seconds = chance.uniform(1, 15)
    await asyncio.to_thread(world.server.stop_at_once)
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(world.server.start)
    return f"away for {seconds:.1f} s"


_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def _terminated(world: World) -> int:
    with world.database.connect() as connection:
        return len(connection.execute(text(f"SELECT pg_terminate_backend(pid) {_OTHERS}")).all())


def _backends(world: World) -> list[int]:
    with world.database.connect() as connection:
        return list(connection.scalars(text(f"SELECT pid {_OTHERS} ORDER BY pid")))


DATABASE = (
    Nemesis("locks the record", _locks),
    Nemesis("ends the connections to the database", _ends_connections, Has.SERVER),
    Nemesis("crashes the database", _crashes, Has.SERVER),
    Nemesis("stops the database", _stops, Has.SERVER),
)
