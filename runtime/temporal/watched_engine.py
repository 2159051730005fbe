"""The embedded engine as it is watched: is its process there, and does it answer?"""

import asyncio

from temporalio.client import Client

from runtime.temporal import folder
from runtime.temporal.embedded import Embedded
from runtime.temporal.engine import answers

_UNANSWERED, _BETWEEN = 12, 5.0
"""A server that leaves so many questions without an answer, so many seconds apart, is ended."""


class WatchedEngine:
    """An embedded engine, and a client that asks it."""

    name = "engine"

    def __init__(self, embedded: Embedded, client: Client) -> None:
        self._embedded = embedded
        self._client = client

    @property
    def advice(self) -> str:
        """Where to look, and what helps where it does not stay."""
        log, port = self._embedded.home / "engine.log", self._embedded.port
        return f"See {log}, and whether the disk is full or others use the port {port}; then start again"

    async def ended(self) -> str:
        """Wait until the server has ended; one that no longer answers is ended. How that was."""
        gone, deaf = asyncio.create_task(self._gone()), asyncio.create_task(self._deaf())
        try:
            await asyncio.wait((gone, deaf), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            deaf.cancel()
        if not gone.done():
            self._embedded.kill()
        folder.forget(self._embedded.home)  # commands wait until it serves again
        return await gone if gone.done() else f"no answer to {_UNANSWERED} questions"

    async def restart(self) -> None:
        """Start it on the same port and state."""
        await self._embedded.restart()

    async def _gone(self) -> str:
        while (status := self._embedded.status) is None:  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.1)
        return f"status {status}"

    async def _deaf(self) -> None:
        """Until it has left so many questions in a row without an answer; a slow disk alone is no reason."""
        unanswered = 0
        while unanswered < _UNANSWERED:
            unanswered = 0 if await answers(self._client) else unanswered + 1
            await asyncio.sleep(_BETWEEN)
