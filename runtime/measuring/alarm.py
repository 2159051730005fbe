"""The alarm: a workflow whose task fails again and again takes no message, and no deadline of it passes.

People hear of it within a minute; the comparison of every night would let it stand until then.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from temporalio.client import Client

from activities.operations.reconcile import Reconciliation

_EVERY = 30.0
"""Seconds between two looks."""


class Alarm:
    """Looks for such workflows; each is put on record, with a letter to the operators, once for each task."""

    def __init__(self, client: Client, reconciliation: Reconciliation) -> None:
        self._client = client
        self._reconciliation = reconciliation
        self.failing: int | None = None
        """How many there were when it last looked; None: it has not been able to."""
        self.looked_at = 0.0
        """When that was, in seconds since 1970."""
        self._is_blind = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look until the block is left."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def look(self) -> None:
        """Look once."""
        found = await self._reconciliation.failing(self._client)
        self.failing, self.looked_at = len(found), time.time()
        await self._reconciliation.noted(found)

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
                self._is_blind = False
            except Exception as error:  # whatever it is: nobody else would sound the alarm
                self._say(error)
            await asyncio.sleep(_EVERY)

    def _say(self, error: Exception) -> None:
        """Say once that it cannot look: an engine that is away may be away for long."""
        if not self._is_blind:
            structlog.get_logger("accord").warning("failing workflows not looked for", error=repr(error))
        self._is_blind = True
