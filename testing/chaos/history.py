"""What people asked for, and what came of it: line by line, as it happened."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from models.base import Message
from models.case.named import NamesOrganisations
from models.case.record import Answer


class Outcome(StrEnum):
    """What somebody knows of what they asked for."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Nobody told them: it may have happened, once, or not."""


class Operation(NamedTuple):
    """One request."""

    number: int
    case: str
    name: str
    actor: str
    content: str | None
    """The digest of the message; None: what goes to the case is not what was typed (ids of organisations)."""
    outcome: Outcome = Outcome.UNKNOWN
    seq: int | None = None
    """The number on record that they were told."""


class History:
    """The requests of a run, kept in a file: a line when something is asked, another for what came of it."""

    def __init__(self, file: Path) -> None:
        self._lines = file.open("a", buffering=1, encoding="utf-8")
        self._operations: list[Operation] = []

    def asked(self, name: str, message: Message) -> int:
        """Somebody asks for something; its number."""
        where = str(getattr(message, "gate", None) or getattr(message, "case", ""))
        content = None if isinstance(message, NamesOrganisations) else message.digest()
        actor = getattr(message, "actor", "")
        operation = Operation(len(self._operations), where.partition(":")[0], name, actor, content)
        self._operations.append(operation)
        self._write({"asked": operation._asdict(), "message": message.content()})
        return operation.number

    def answered(self, number: int, answer: Answer) -> None:
        """They were told this."""
        outcome = Outcome.ACCEPTED if answer.accepted else Outcome.REFUSED
        self._close(number, outcome, answer.seq)

    def refused(self, number: int, seq: int | None) -> None:
        """They were told that it is no message to this case, or not any more."""
        self._close(number, Outcome.REFUSED, seq)

    def happened(self, nemesis: str, what: str) -> None:
        """Something happened to the installation."""
        self._write({"nemesis": nemesis, "did": what})

    def said(self, more: Mapping[str, Any]) -> None:
        """Anything else that whoever reads this wants to know."""
        self._write(more)

    def close(self) -> None:
        """Nothing more is written down."""
        self._lines.close()

    @property
    def operations(self) -> Iterable[Operation]:
        """All of them; what was never answered is unknown."""
        return tuple(self._operations)

    def _close(self, number: int, outcome: Outcome, seq: int | None) -> None:
        self._operations[number] = self._operations[number]._replace(outcome=outcome, seq=seq)
        self._write({"number": number, "outcome": outcome, "seq": seq})

    def _write(self, what: Mapping[str, Any]) -> None:
        line = {"at": datetime.now(UTC).isoformat()} | dict(what)
        self._lines.write(json.dumps(line, ensure_ascii=True, default=str) + "\n")
