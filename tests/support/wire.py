"""A wire to PostgreSQL that can be cut, frozen and mended."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.engine import URL, make_url

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wire:
    """Everything that goes to the server behind ``url`` passes through here."""

    def __init__(self, url: str) -> None:
        self._server = make_url(url)
        self._port = 0
        self._listening: asyncio.Server | None = None
        self._flows = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """How the server is reached through this wire."""
        ours = URL.create(
            "postgresql", self._server.username, self._server.password, "127.0.0.1", self._port
        ).set(database=self._server.database)
        return ours.render_as_string(hide_password=False)

    async def mend(self) -> None:
        """Let everything through."""
        self._flows.set()
        if self._listening is None:
            self._listening = await asyncio.start_server(self._call, "127.0.0.1", self._port)
            self._port = self._listening.sockets[0].getsockname()[1]

    def freeze(self) -> None:
        """Let nothing through, and tell nobody."""
        self._flows.clear()

    def cut(self) -> None:
        """Break every connection, and take no new one."""
        assert self._listening
        self._listening.close()
        self._listening = None
        for writer in self._open:
            writer.close()

    async def _call(self, *client: *Ends) -> None:
        server = await self._reach()
        self._open |= {client[1], server[1]}
        await asyncio.gather(self._pump(client[0], server[1]), self._pump(server[0], client[1]))
        self._open -= {client[1], server[1]}

    async def _reach(self) -> Ends:
        host = self._server.host or str(self._server.query["host"])
        port = self._server.port or 5432
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while block := await reader.read(65_536):
                await self._flows.wait()
                writer.write(block)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def wire(url: str) -> AsyncIterator[Wire]:
    """A wire that lets everything through at first."""
    made = Wire(url)
    await made.mend()
    try:
        yield made
    finally:
        await made.mend()
        made.cut()
