"""What every message has in common: frozen, strict about unknown fields, hashed in one way."""

import hashlib
import re
import unicodedata
from datetime import date
from typing import Annotated, Any

import rfc8785
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from models.text import TURNING, plain, without_unseen


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


def as_pair(given: Any) -> Any:
    """``["a", "b"]`` as the fields ``one`` and ``other``; anything else stays what it is."""
    if isinstance(given, list) and len(given) == 2:
        return {"one": given[0], "other": given[1]}
    return given


_LONGEST = 16_000
"""Bytes of any text that a message may bring: of four thousand characters, whatever they are."""


def _bounded(text: str) -> str:
    # looked at no further: sorting combining marks takes quadratic time
    if len(text) > _LONGEST or len(text.encode(errors="replace")) > _LONGEST:
        raise ValueError(f"text must have at most {_LONGEST} bytes")
    return text


def _readable(text: Any) -> Any:
    """NFC and plain line ends, before the length is measured: what is stored is what was checked."""
    return plain(_bounded(text).replace("\r\n", "\n")) if isinstance(text, str) else text


def _readable_line(text: Any) -> Any:
    return plain(_bounded(text).replace("\r\n", "\n"), line_end=" ") if isinstance(text, str) else text


def _harmless(text: str) -> str:
    """No control characters (PostgreSQL refuses NUL, terminals obey the others), and none that turn
    the direction of writing, so that a text cannot look like another one.
    """
    if any(char in TURNING or (unicodedata.category(char) == "Cc" and char not in "\n\t") for char in text):
        raise ValueError("text must not contain control characters")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("this must be one line, without tabs")
    return text


_LINE_END = re.compile("\r\n|[\r\u2028\u2029]")
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters (C0 and C1), marks that turn the direction of writing, and halves of surrogate pairs."""


def cleaned(text: str, limit: int) -> str:
    """Text from outside as it may be kept: NFC, lines that end in LF, U+FFFD for every character that
    does harm. At most ``limit`` bytes of UTF-8; where something is left out, ``…`` stands at the end.
    """
    seen = without_unseen(_HARMFUL.sub("\ufffd", _LINE_END.sub("\n", text)))
    # no more is normalised than could fit: sorting combining marks takes quadratic time
    content = plain(seen[: 2 * limit + 2]).encode()
    if len(content) <= limit:
        return content.decode()
    mark = "…" if limit >= len("…".encode()) else ""
    return content[: limit - len(mark.encode())].decode(errors="ignore") + mark


Prose = Annotated[str, BeforeValidator(_readable), Field(max_length=4000), AfterValidator(_harmless)]
"""A summary, a comment, a reason; may be empty."""

Line = Annotated[
    str,
    BeforeValidator(_readable_line),
    Field(min_length=1, max_length=200),
    AfterValidator(_harmless),
    AfterValidator(_one_line),
]
"""A title or a name: one short piece of text, never empty."""


def _written_out(day: Any) -> Any:
    if isinstance(day, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        raise ValueError("a date is written as 2026-11-23")
    if isinstance(day, int | float):
        raise ValueError("a date is written as 2026-11-23, not as a number")
    return day


def _of_our_time(day: date) -> date:
    if not 1900 <= day.year <= 2199:
        raise ValueError("a date is of the years 1900 to 2199")
    return day


Day = Annotated[date, BeforeValidator(_written_out), AfterValidator(_of_our_time)]
"""A calendar day; a number is never taken for one. Months and years can be counted from it either way."""

GateId = Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{1,120}$")]
"""How a message names the gate it goes to; whether there is such a gate is another question."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""The digest that says which content was meant."""

PersonId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
"""What stands for a person in workflows and records; the name never does."""

OrganisationId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
"""What stands for an organisation."""

Role = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A role as programmes and the directory spell it."""
