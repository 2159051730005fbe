"""What the engine keeps of us, encrypted: inputs, results, notes and failures of workflows.

Workflow ids, names of messages and search attributes stay readable, for the engine works with them: nothing
personal is in them.
"""

from collections.abc import Sequence
from dataclasses import replace

from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

from adapters.ciphers import Ciphers
from runtime.wire.converter import CONVERTER

_ENCODING = b"binary/accord-aes-256-gcm-1"
_KEY = "accord-key"


def converter(ciphers: Ciphers | None) -> DataConverter:
    """How payloads are written and read. What failures say stays in the open where nothing is encrypted."""
    if ciphers is None:
        return CONVERTER
    coded = replace(CONVERTER, payload_codec=Codec(ciphers))
    if not ciphers.listed():
        return coded
    return replace(coded, failure_converter_class=DefaultFailureConverterWithEncodedAttributes)


class Codec(PayloadCodec):
    """Encrypts where this installation does, and always reads what was encrypted as what was not."""

    def __init__(self, ciphers: Ciphers) -> None:
        self._ciphers = ciphers

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """What goes to the engine. KeyProblem: the keys cannot be read; nothing is sent in the open."""
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """What comes from the engine. KeyProblem: the key is missing, or the payload was changed."""
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        made = self._ciphers.encrypt(payload.SerializeToString())
        if made is None:
            return payload
        return Payload(metadata={"encoding": _ENCODING, _KEY: made.kid.encode()}, data=made.data)

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            return payload
        kid = payload.metadata.get(_KEY, b"").decode(errors="replace")
        return Payload.FromString(self._ciphers.decrypt(kid, payload.data))
