"""What the record has under given keys: for a procedure that goes the same way again."""

from datetime import datetime
from typing import Any

from models.base import Message


class Recall(Message):
    """The question which of these keys are on record."""

    keys: tuple[str, ...]


class Recalled(Message):
    """An entry that is on record, as far as a procedure goes by it."""

    key: str
    at: datetime
    reason: str
    facts: dict[str, Any]


class RecallFound(Message):
    """The answer: the entries that were accepted, refusals left out."""

    entries: tuple[Recalled, ...] = ()
