"""What a history says: every payload of it, unpacked."""

import base64
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import MessageToDict
from temporalio.client import WorkflowHistory

from runtime.wire.converter import unpack


def decoded(history: WorkflowHistory) -> str:
    """All payloads of a history, one behind the other, as text."""
    events = (MessageToDict(event) for event in history.events)
    return "\n".join(text for event in events for text in _payloads(event))


def _payloads(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _payloads(one)
    elif isinstance(value, dict) and "metadata" in value and "data" in value:
        data, encoding = (base64.b64decode(text) for text in (value["data"], value["metadata"]["encoding"]))
        yield (unpack(data) if encoding == b"json/deflate-1" else data).decode(errors="replace")
    elif isinstance(value, dict):
        for one in value.values():
            yield from _payloads(one)
