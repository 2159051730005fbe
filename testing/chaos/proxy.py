"""A line that can be slow, silent, cut: a TCP proxy."""

import asyncio
import contextlib
import socket
import struct
from enum import StrEnum
from types import TracebackType


class Line(StrEnum):
    """How the line treats whoever connects."""

    GOOD = "good"
    SLOW = "slow"
    """Half a second each way."""
    SILENT = "silent"
    """What is sent goes nowhere."""
    HALF = "half"
    """What is asked arrives, what is answered does not."""
    RESET = "reset"
    """Cut as soon as something is sent."""


class Proxy:
    """Stands before a port of this machine."""

    def __init__(self, port: int) -> None:
        self.line = Line.GOOD
        self.port = 0
        """Where it listens, once it does."""
        self._target = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server
        self._server.close()
        for one in self._open:
            one.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to_there = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [
            asyncio.create_task(self._pass_on(reader, to_there, answers=False)),
            asyncio.create_task(self._pass_on(there, writer, answers=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if self.line is Line.RESET:
                _cut(writer)
        finally:
            for way in ways:
                way.cancel()
            to_there.close()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: bool
    ) -> None:
        lost = False
        while content := await reader.read(65536):
            match self.line:
                case Line.RESET:
                    return
                case Line.SILENT:
                    lost = True
                    continue
                case Line.HALF if answers:
                    lost = True
                    continue
                case Line.SLOW:
                    await asyncio.sleep(0.5)
            if lost:  # no line goes on in the middle of what was said
                return
            writer.write(content)
            await writer.drain()


def _cut(writer: asyncio.StreamWriter) -> None:
    """Close it without a farewell (RST)."""
    with contextlib.suppress(OSError):
        line: socket.socket = writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
