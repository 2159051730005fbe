"""Who is really there: an authenticated principal signs each message, and the signature travels in a header.

The signature covers person and message, so it proves nothing about another one. Who has the key can sign for
anybody: only processes that authenticate people (commands, pages) and workers hold it.
"""

import hashlib
import hmac
from collections.abc import Callable
from contextvars import ContextVar
from typing import NamedTuple

HEADER = "accord-principal"

_token: ContextVar[str] = ContextVar("accord-principal-out", default="")


class Principal(NamedTuple):
    """Somebody who has proved who they are, and the key that says so to the worker."""

    person: str
    key: bytes

    def sign(self, message: str) -> str:
        """The token that goes with the message of this digest."""
        said = f"{self.person}:{message}".encode()
        return hmac.new(self.key, said, hashlib.sha256).hexdigest()


def attester(key: bytes) -> Callable[[str, str, str], bool]:
    """Checks with ``key`` whether a token is that of a person for a message."""

    def attest(token: str, person: str, message: str) -> bool:
        return hmac.compare_digest(token.encode(), Principal(person, key).sign(message).encode())

    return attest


def carry(token: str) -> None:
    """Send ``token`` in the header of what this task sends next; empty: nothing."""
    _token.set(token)


def carried() -> str:
    """What ``carry`` was given last in this task."""
    return _token.get()
