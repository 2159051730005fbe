"""What goes over the wire: JSON as pydantic writes it, without what is empty, and packed where it is long.

A history keeps every payload for as long as the case lasts, and half of a lifecycle's bytes are inputs of the
record. A field that is None is left out: a reader takes its default, which is None for every optional field.
Digests are not concerned: they are made of ``content()``. What people are answered, and what is short, stays
readable for whoever looks with Temporal's own tools; the rest of it is in the record, too.
"""

import zlib
from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache
from typing import Any

from pydantic_core import to_json
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    JSONPlainPayloadConverter,
)

from models.case.record import Answer
from runtime.wire.vocabulary import WORDS_1

PACKED_FROM = 256
LARGEST = 16_000_000
"""Bytes. Packed, the engine takes two million: little of that could be made to unpack to very much."""
_LEVEL = 6
_PLAIN, _PACKED = b"json/plain", b"json/deflate-1"


class Slim(PydanticJSONPlainPayloadConverter):
    """JSON without empty fields; packed where it is long."""

    def to_payload(self, value: Any) -> Payload | None:
        """``value`` as a payload."""
        data = to_json(value, exclude_none=True)
        if len(data) < PACKED_FROM or isinstance(value, Answer):
            return Payload(metadata={"encoding": _PLAIN}, data=data)
        return Payload(metadata={"encoding": _PACKED}, data=pack(data))


class Packed(EncodingPayloadConverter):
    """Reads what ``Slim`` has packed."""

    def __init__(self, plain: EncodingPayloadConverter) -> None:
        self._plain = plain

    @property
    def encoding(self) -> str:
        """How packed payloads are marked."""
        return _PACKED.decode()

    def to_payload(self, value: Any) -> Payload | None:
        """Packing is not its business."""
        return None

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        """Unpacked, it is JSON like any other."""
        plain = Payload(metadata={"encoding": _PLAIN}, data=unpack(payload.data))
        return self._plain.from_payload(plain, type_hint)


def pack(data: bytes) -> bytes:
    """Deflated (zlib, RFC 1950), with the vocabulary as its preset dictionary."""
    packer = zlib.compressobj(_LEVEL, zdict=WORDS_1)
    return packer.compress(data) + packer.flush()


def unpack(data: bytes) -> bytes:
    """What was packed. ValueError: it is cut off, too large, or nothing that was packed."""
    unpacker = zlib.decompressobj(zdict=WORDS_1)
    try:
        plain = unpacker.decompress(data, LARGEST)
    except zlib.error as error:
        raise ValueError(f"a payload cannot be unpacked: {error}") from error
    if not unpacker.eof:
        raise ValueError("a payload is cut off, or larger than any of ours")
    return plain


RECEIVED: ContextVar[Sequence[Payload]] = ContextVar("accord-received", default=())
"""What this task has received last, as it travelled: seals are over that, and not over what becomes of it."""


class Payloads(CompositePayloadConverter):
    """The converters of the SDK, with JSON as we write it."""

    def __init__(self) -> None:
        super().__init__(*_converters())

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """What the payloads hold."""
        RECEIVED.set(payloads)
        return super().from_payloads(payloads, type_hints)


@cache
def _converters() -> tuple[EncodingPayloadConverter, ...]:
    """Made once, with what they have learned of types: the SDK asks for them anew for every task."""
    slim = Slim()
    kept = (
        slim if isinstance(one, JSONPlainPayloadConverter) else one
        for one in DefaultPayloadConverter.default_encoding_payload_converters
    )
    return (*kept, Packed(slim))


CONVERTER = DataConverter(payload_converter_class=Payloads)
