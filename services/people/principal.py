"""Who hands in a message: the services sign an envelope for it, which travels in a header."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from models.case.envelope import Envelope, Mode
from models.case.rule import CaseRule

HEADER = "accord-envelope"

_envelope: ContextVar[str] = ContextVar("accord-envelope-out", default="")


class Signer(Protocol):
    """Whoever has the private key: only what authenticates people."""

    @property
    def kid(self) -> str:
        """The key that is signed with."""
        ...

    def signed(self, envelope: Envelope) -> str:
        """The envelope with its signature, as it travels."""
        ...

    def opened(self, text: str) -> Envelope | CaseRule:
        """The envelope in ``text``, where a valid key has signed it; else the rule that this breaks."""
        ...


class Principal(NamedTuple):
    """Somebody who speaks through the services; ``person`` is None where nobody has proved who they are."""

    signer: Signer
    person: str | None = None
    mode: Mode = Mode.TRIAL
    """What this installation believes."""

    def refuses(self, actor: str) -> CaseRule | None:
        """Why nothing is started here in the name of ``actor``, or None."""
        if self.person == actor or (self.person is None and self.mode is Mode.TRIAL):
            return None
        return CaseRule.NOT_ATTESTED

    def envelope(self, act: str, workflow: str, message: str) -> str:
        """A new envelope, to be used once: for the message of this digest, to this workflow."""
        return self.signer.signed(
            Envelope(
                kid=self.signer.kid,
                person=self.person,
                act=act,
                workflow=workflow,
                message=message,
                nonce=secrets.token_hex(16),
                issued_at=datetime.now(UTC),
            )
        )


@contextmanager
def carrying(envelope: str) -> Iterator[None]:
    """Send ``envelope`` in the header of what this task sends meanwhile; empty: nothing."""
    before = _envelope.set(envelope)
    try:
        yield
    finally:
        _envelope.reset(before)


def carried() -> str:
    """The envelope of what this task sends now."""
    return _envelope.get()
