"""The bell: how a driver learns that a stage has opened, without asking anybody.

An activity of a skeleton rings it with one datagram to the driver; the loopback loses none that matters
(a lost one would stop the run, not falsify it).
"""

import asyncio
import os
import socket
from collections import defaultdict
from contextlib import suppress
from typing import Any

PORT = "ACCORD_BENCH_BELL"


def ring(stage: str) -> None:
    """Tell the driver whose port the environment names that ``stage`` has opened."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line, suppress(ConnectionError):
        line.sendto(stage.encode(), ("127.0.0.1", int(os.environ[PORT])))


class Bell(asyncio.DatagramProtocol):
    """Hears the bell in the driver."""

    def __init__(self) -> None:
        self.port = 0
        self._rung: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._transport: asyncio.DatagramTransport | None = None

    async def listen(self) -> "Bell":
        """Start hearing, on a free port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """One ring."""
        self._rung[data.decode()].set()

    async def rung(self, stage: str) -> None:
        """Wait until ``stage`` has opened."""
        await self._rung[stage].wait()
        del self._rung[stage]

    def hush(self) -> None:
        """Stop hearing."""
        if self._transport:
            self._transport.close()
