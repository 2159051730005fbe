"""Who is really there: an authenticated principal signs each message, and the signature travels in a header.

The signature covers person and message, so it proves nothing about another one. Who has the key can sign for
anybody: only processes that authenticate people (desk, web) and workers hold it.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

from temporalio.client import (
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowUpdateInput,
    WorkflowUpdateHandle,
)
from temporalio.converter import DataConverter

from activities.case.rights import Attest
from runtime.settings import Settings

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


def attester(key: bytes) -> Attest:
    """Checks tokens with ``key``."""

    def attest(token: str, person: str, message: str) -> bool:
        return hmac.compare_digest(token.encode(), Principal(person, key).sign(message).encode())

    return attest


def key_of(settings: Settings) -> bytes:
    """ACCORD_PRINCIPAL_KEY, else a file that only its owner reads, made when it is missing."""
    if settings.principal_key:
        return settings.principal_key.get_secret_value().encode()
    path = settings.home / "principal.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = Path(f"{path}.{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(32), encoding="ascii")
        with contextlib.suppress(FileExistsError):  # another process was quicker: its key counts
            os.link(made, path)
        made.unlink()
    return path.read_text(encoding="ascii").strip().encode()


def carry(token: str) -> None:
    """Send ``token`` in the header of what this task sends next; empty: nothing."""
    _token.set(token)


class Attesting(Interceptor):
    """Puts the token into the header of updates and signals."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Called by the client."""
        return _Outbound(next)


class _Outbound(OutboundInterceptor):
    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        input.headers = {**input.headers, **_header()}
        return await super().start_workflow_update(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        input.headers = {**input.headers, **_header()}
        await super().signal_workflow(input)


def _header() -> dict[str, Any]:
    token = _token.get()
    return {HEADER: DataConverter.default.payload_converter.to_payload(token)} if token else {}
