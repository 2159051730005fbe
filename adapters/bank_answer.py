"""The answer of a bank, read: bounded while it comes, strict about its types, each status known by name."""

import json
import time
import zlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

from pydantic import BaseModel, ConfigDict

from activities.payment.sending import BankAnswer
from models.base import cleaned
from models.payment.bank import STATUSES, BankSays, Shown

LARGEST = 64 * 1024
"""Bytes of an answer, before and after it is unpacked: one that we know has less than one thousand."""
LONGEST = 8.0
"""Seconds that the body of an answer may take."""


class TooLong(Exception):
    """An answer takes more bytes or seconds than any that can be meant."""


class Read(NamedTuple):
    """An answer that has come to its end."""

    status: int
    """That of HTTP."""
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the bank took what it was sent, or told what it was asked for."""
        return 200 <= self.status < 300


def whole(status: int, encoding: str, pieces: Iterable[bytes]) -> Read:
    """The answer that comes in these pieces, packed as ``encoding`` says; TooLong: it does not end."""
    body, until = bytearray(), time.monotonic() + LONGEST
    for piece in pieces:
        body += piece
        if len(body) > LARGEST or time.monotonic() > until:
            raise TooLong(f"The bank answered {status} with more than {LARGEST} bytes or {LONGEST:.0f} s.")
    return Read(status, _unpacked(bytes(body), encoding.strip().lower()))


def _unpacked(body: bytes, encoding: str) -> bytes:
    """What was packed; nothing where it was packed in a way that nobody asked for."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        return b""
    try:
        unpacked = zlib.decompressobj(wbits=31).decompress(body, LARGEST + 1)
    except zlib.error:
        return b""
    if len(unpacked) > LARGEST:
        raise TooLong(f"The bank's answer unpacks to more than {LARGEST} bytes.")
    return unpacked


class _Fields(BaseModel):
    """What an answer has; whatever else there is, is passed over. No type is taken for another."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Creditor(_Fields):
    account: str | None = None


class _Answer(_Fields):
    status: str
    end_to_end_id: str | None = None
    amount: str | Decimal | None = None
    currency: str | None = None
    creditor: _Creditor | None = None
    id: str | Decimal = ""
    reason: str | None = None
    returned: bool | None = None


def read(answer: Read) -> BankAnswer:
    """What an answer says; whatever cannot be read leaves the matter in doubt."""
    try:
        fields = _Answer.model_validate(_json(answer.body) if answer.is_success else None)
    except (ValueError, RecursionError):
        nothing = f"The bank answered {answer.status}, which says nothing."
        return BankAnswer(BankSays.DOUBT, reason=nothing)
    says = STATUSES.get(fields.status, BankSays.DISAGREES)
    reason = cleaned(fields.reason or "", 300)
    if says is BankSays.DISAGREES:
        reason = f"The bank says {cleaned(fields.status, 20)!r} of it. {reason}".strip()
    shown = Shown(
        end_to_end_id=_word(fields.end_to_end_id),
        amount=_word(fields.amount),
        currency=_word(fields.currency),
        account=_word(fields.creditor.account if fields.creditor else None),
    )
    return BankAnswer(says, cleaned(str(fields.id), 100), reason, shown, fields.returned is True)


def _word(text: str | Decimal | None) -> str | None:
    return None if text is None else cleaned(str(text), 200)


def read_reason(answer: Read) -> str:
    """Why a bank rejects, as it says, or as HTTP does."""
    try:
        return cleaned(str(_json(answer.body)["reason"]), 300)
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"The bank answered {answer.status}."


def _json(body: bytes) -> Any:
    """Numbers are decimal; ``NaN`` and ``Infinity`` are none, and a key that is there twice says nothing."""
    return json.loads(
        body, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number, object_pairs_hook=_once
    )


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found
