"""Orders about a whole cohort: two coordinators change its course."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.amount import Minor
from models.base import Day, Message, PersonId, Prose, Sha256
from models.case.case import CaseId


class Change(StrEnum):
    """What becomes of a cohort."""

    PROCEED = "proceed"
    """It is held although there are fewer than the minimum."""
    POSTPONE = "postpone"
    REMOTE = "remote"
    """It is held remotely, with whoever takes part."""
    MERGE = "merge"
    CANCEL = "cancel"


class CohortOrder(Message):
    """Changes the course of a cohort; it takes two coordinators who say the same."""

    case: CaseId
    actor: PersonId
    change: Change
    starts: Day | None = None
    ends: Day | None = None
    into: CaseId | None = None
    """The cohort that the nominees go to."""
    spent: Minor | None = None
    """For a cancellation: what travel has cost already, in minor units; it is paid, the rest released."""
    reason: Annotated[Prose, Field(min_length=1)]

    @model_validator(mode="after")
    def _says_what_it_takes(self) -> Self:
        if (self.change is Change.POSTPONE) != (self.starts is not None and self.ends is not None):
            raise ValueError("starts and ends: a postponement has both, and nothing else has them")
        if (self.change is Change.MERGE) != (self.into is not None):
            raise ValueError("into: a merger names a cohort, and nothing else does")
        if self.spent is not None and self.change is not Change.CANCEL:
            raise ValueError("spent: only a cancellation says what was spent")
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError("ends: the last day is not before the first")
        return self


class Costs(Message):
    """What the course has cost, with the account of it; two coordinators say the same."""

    case: CaseId
    actor: PersonId
    amount: Minor
    """Minor units of the budget's currency."""
    account: Sha256
    """The document that shows it."""
    reason: Prose = ""
