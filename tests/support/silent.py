"""A server that takes every call and answers none: a bank or a mail server that hangs."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Silent:
    """Who has called so far. Whoever calls waits until they have had enough, or it hangs up."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self._door.getsockname()[1]
        self._callers: list[socket.socket] = []

    @property
    def calls(self) -> int:
        """How many have called."""
        return len(self._callers)

    @contextmanager
    def listening(self) -> Iterator["Silent"]:
        """Take calls until the block is left; then hang up on everybody."""
        threading.Thread(target=self._take, name="silent", daemon=True).start()
        try:
            yield self
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """Let nobody wait any longer, and take no more calls."""
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for caller in self._callers:
            caller.close()

    def _take(self) -> None:
        with contextlib.suppress(OSError):  # the door was closed
            while True:
                self._callers.append(self._door.accept()[0])
