"""A case: one undertaking that Accord carries, whatever its kind. Nothing here knows a procedure."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field

from models.amount import Amount
from models.base import Line, Message, Sha256

CaseId = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$")]
"""The number of a case, as people know it. Temporal shows it in plain text: no names, no amounts."""

TASK_TIMEOUT = timedelta(seconds=5)
"""What a worker may take for one task of a case or of a part of it; some fifty milliseconds are usual. It is
also how long a case waits whose worker was killed at it.
"""

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Standing(Message):
    """Where a case stands, in the words of its kind; written ``review/open``."""

    stage: str
    status: str = "open"

    def __str__(self) -> str:
        return f"{self.stage}/{self.status}"


class Ending(Message):
    """How and why a case comes to its end; ``status`` is a word of its kind."""

    status: str
    reason: str


class EndedBy(StrEnum):
    """Endings that every kind of case knows."""

    CANCELLED = "cancelled"
    """An operator stopped it."""
    FAILED = "failed"
    """The engine reported a failure that no procedure expects."""


BEGINS_AGAIN = "begins-again"
"""Why a workflow takes no message for a moment: its history has grown long. It is to be sent again."""


class Kind(Message):
    """A kind of case: the names of its stages, in the order of the procedure, and of its open statuses."""

    name: str
    stages: tuple[str, ...]
    open_statuses: tuple[str, ...] = ("open",)

    def is_closed(self, status: str) -> bool:
        """Whether nothing more can happen to a case with this status."""
        return status not in self.open_statuses

    def is_before(self, stage: str, other: str) -> bool:
        """Whether ``stage`` comes earlier in the procedure than ``other``."""
        return self.stages.index(stage) < self.stages.index(other)


class Case(Message):
    """All that the instruments need to know of a case: identity, countries, parties, rules, money."""

    id: str
    """``HUE-2026``; a part of a case has its number in front: ``HUE-2026/study``."""
    kind: str
    parent: str | None = None
    """The case that this one is a part of."""
    title: Line
    countries: tuple[Country, ...]
    """Whose holidays count: the founding country first, then the hosts."""
    parties: tuple[Line, ...]
    """Who benefits: their members are not independent."""
    programme: str
    version: int
    rules: Sha256
    """Digest of the programme that the case is pinned to. The rules themselves are in the registry."""
    amount: Amount | None = None

    @property
    def number(self) -> str:
        """The number that people know: that of the case at the top."""
        return self.id.partition("/")[0]

    def part(self, kind: str, name: str) -> Self:
        """A part of this case with a life of its own."""
        return self.model_copy(update={"id": f"{self.number}/{name}", "kind": kind, "parent": self.id})
