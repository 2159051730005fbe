"""What every message has in common: frozen, strict about unknown fields, hashed in one way."""

import hashlib
from typing import Any

import rfc8785
from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """A frozen value that crosses a boundary. Unknown fields are refused, text is stripped."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def content(self) -> dict[str, Any]:
        """The value as plain JSON types, as it is hashed and recorded."""
        return self.model_dump(mode="json")

    def digest(self) -> str:
        """SHA-256 (hex) of the canonical content: the same value always has the same digest."""
        return digest(self.content())


def canonical(content: Any) -> bytes:
    """RFC 8785 canonical JSON: one value, one sequence of bytes, on every platform."""
    return rfc8785.dumps(content)


def digest(content: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of ``content``."""
    return hashlib.sha256(canonical(content)).hexdigest()
