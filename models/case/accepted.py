"""Messages that were accepted, read back from the record."""

from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field

from models.base import Message


class Page(NamedTuple):
    """Some of the messages that the record has; ``more``: the number after which there are others."""

    messages: "tuple[Accepted, ...]"
    more: int | None


class Accepted(Message):
    """A message that was accepted, as the record has it."""

    name: str
    message: dict[str, Any]
    """Its fields."""
    seal: str
    seq: int
    at: datetime
    who: str
    """The subject that acted."""
    role: str | None = None
    attested: bool = False
    facts: dict[str, Any] = Field(default_factory=dict)
    """Those of its entry."""
