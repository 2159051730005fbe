"""Holds engine, record and ledger against each other when an installation starts: a crash, a restored backup
or somebody at the engine may have had them differ.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import Engine
from temporalio.client import Client

from activities.operations.reconcile import Reconciliation
from runtime.keys import ring
from runtime.settings import Settings

_MOST = 20
"""So many differences are said one by one."""


@asynccontextmanager
async def compared(
    client: Client, database: Engine, settings: Settings, say: Callable[[str], None]
) -> AsyncIterator[None]:
    """Compare once, beside everything else; ``say`` tells people what differs."""
    comparing = asyncio.create_task(_compare(client, Reconciliation(database, ring(settings)), say))
    try:
        yield
    finally:
        comparing.cancel()
        await asyncio.wait([comparing])


async def _compare(client: Client, reconciliation: Reconciliation, say: Callable[[str], None]) -> None:
    try:
        found = await reconciliation.find(client)
        await reconciliation.noted(found)
    except Exception as error:  # whatever it is: it is done again at night, and nothing waits for it
        structlog.get_logger("accord").warning("engine and record were not compared", error=repr(error))
        return
    for one in found[:_MOST]:
        say(f"Differs: {one}. What to do: {one.kind.todo}.")
    if len(found) > _MOST:
        say(f"Differs: {len(found) - _MOST} more; accord reconcile shows all.")
