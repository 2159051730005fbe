"""Interest: what somebody declares before they look at a case, and what is found out later."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.base import GateId, Message, PersonId, Prose


class Conflict(StrEnum):
    """What somebody declares before they look at a case. ``soft`` is disclosed, ``hard`` recuses."""

    NONE = "none"
    SOFT = "soft"
    HARD = "hard"


class Declaration(Message):
    """What somebody says about their interest in a case, before they look at it."""

    case: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$")]
    actor: PersonId
    conflict: Conflict
    note: Prose = ""

    @model_validator(mode="after")
    def _interest_is_explained(self) -> Self:
        if self.conflict is not Conflict.NONE and not self.note:
            raise ValueError(f"a {self.conflict} conflict needs a note that says what it is")
        return self


class Challenge(Message):
    """Says that somebody voted at a gate in spite of a conflict of interest. It takes two people to say so.

    The vote is struck out: it counts as a recusal. If a decision falls with it, the panel sits again.
    """

    gate: GateId
    actor: PersonId
    person: PersonId
    """Whose vote it is; they may be one of the two."""
    reason: Annotated[Prose, Field(min_length=1)]
