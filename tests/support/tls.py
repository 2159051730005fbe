"""A door with TLS before a server that has none: it lets in who shows a certificate of one authority."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


def context(secrets: Path, name: str) -> ssl.SSLContext:
    """That of a server with the key of ``name``, which asks for certificates as the engine is told to."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(secrets / "ca.crt"))
    made.load_cert_chain(secrets / f"{name}.crt", secrets / f"{name}.key")
    made.verify_mode = ssl.CERT_REQUIRED
    made.set_alpn_protocols(["h2"])
    return made


@asynccontextmanager
async def door(address: str, tls: ssl.SSLContext) -> AsyncIterator[int]:
    """The port of a door before the server at ``address``."""
    host, port = address.split(":")
    there: set[asyncio.Task[None]] = set()

    async def come_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        there.add(task)
        theirs, ours = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.gather(_carry(reader, ours), _carry(theirs, writer))
        finally:
            ours.transport.abort()
            writer.transport.abort()

    server = await asyncio.start_server(come_in, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in there:
            task.cancel()
        await asyncio.gather(*there, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
