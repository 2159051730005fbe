"""A mail server to try things with: it counts what it takes, and behaves as badly as mail servers do."""

import asyncio
import email
import email.policy
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any


class MailMissing(RuntimeError):
    """The library of the mail server is not installed; the text says what to do."""


class Manner(StrEnum):
    """How it treats a letter."""

    TAKE = "take"
    LATER = "later"
    """452: try again."""
    NEVER = "never"
    """550: for good."""
    SLOWLY = "slowly"
    LOSES_THE_LINE = "loses the line"
    """Takes it, and closes the line before it says so."""


class MailServer:
    """Letters by their keys, and how often each came."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.manners: list[Manner] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """A letter; the name is that of aiosmtpd."""
        manner = self.manners.pop(0) if self.manners else Manner.TAKE
        if manner is Manner.LATER:
            return "452 4.3.1 Try again"
        if manner is Manner.NEVER:
            return "550 5.1.1 Nobody here"
        if manner is Manner.SLOWLY:
            await asyncio.sleep(2)
        self.arrived[key_of(envelope.content)] += 1
        if manner is Manner.LOSES_THE_LINE:
            server.transport.close()
        return "250 OK"


def key_of(letter: bytes) -> str:
    """The key that a letter bears; a long one is folded on its way."""
    return str(email.message_from_bytes(letter, policy=email.policy.default)["X-Accord-Key"]).strip()


@contextmanager
def serving() -> Iterator[MailServer]:
    """One that listens on this machine, in a thread of its own. MailMissing: there is none."""
    try:
        from aiosmtpd.controller import Controller
    except ImportError as error:
        raise MailMissing("The mail server is not here. pip install aiosmtpd") from error
    server = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as free:
        server.port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
