"""Operations: what two operators do to the workflow of a case, or of a part of one. Pure."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from models.base import Message, PersonId, Prose
from models.case.conflict_of_interest import Conflict
from models.case.rights import Capacity
from models.case.rule import Broken, CaseRule
from models.operations.rule import OperationsRule
from models.people.guard import OPERATOR

OPERATIONS = "operations"
"""The stage that entries about operations are shown at."""

OUTLIVES = frozenset(("payment", "acknowledgement"))
"""Kinds of parts that go on when their case ends: accepted work is paid, votes of deputies are reported."""

PartOfCase = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}(/[a-z0-9-]{1,40}){0,2}$")]
"""A case by its number, or a part of it: ``HUE-2026``, ``HUE-2026/payment/inception``."""


class OperationAct(StrEnum):
    """What can be done to a workflow."""

    RESET = "reset"
    """It goes back to one of its tasks, and on from what the record has. What people sent is sent again."""
    TERMINATE = "terminate"
    """It ends at once. What the case holds is given back beside it, on record."""
    CANCEL = "cancel"
    """It is asked to end, and gives back by itself what it holds."""


class OperationOrder(Message):
    """An operation that an operator asks for; the same words from another one confirm it."""

    act: OperationAct
    case: PartOfCase
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]
    event: Annotated[int, Field(ge=1)] | None = None
    """For a reset: the completed task to go back to, by the number of its event; None: the last."""


class Operation(Message):
    """What two operators must both say."""

    act: OperationAct
    case: PartOfCase
    run: str | None = None
    """The run that ``event`` is of; None: whichever is there when the second operator says so."""
    event: int | None = None

    def asked(self) -> dict[str, Any]:
        """The same as plain JSON types, without what is left open."""
        return self.model_dump(mode="json", exclude_none=True)

    def __str__(self) -> str:
        return f"{self.act} of {self.case}" + (f" to event {self.event}" if self.event else "")


class Task(NamedTuple):
    """A completed task of a workflow: which run, and the number of its event."""

    run: str
    event: int


class Waiting(NamedTuple):
    """An operation that is not done: it waits for a second operator, or, where it is ``confirmed_by`` one,
    for somebody to finish it.
    """

    number: int
    """The entry that asks for it."""
    operation: Operation
    asked_by: str
    at: datetime
    reason: str
    confirmed_by: str | None = None
    task: Task | None = None
    """For a reset that is confirmed: where to."""


def may_operate(actor: Capacity, took_part: bool) -> Broken | None:
    """What keeps somebody from operating on a case, or None. ``took_part``: the same human has acted in it,
    under any account, or somebody did for them.
    """
    if OPERATOR not in actor.roles:
        return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {OPERATOR}.")
    if took_part:
        return Broken(OperationsRule.TOOK_PART, f"({actor.person})")
    if actor.conflict not in (None, Conflict.NONE):
        return Broken(CaseRule.CONFLICTED, f"({actor.person})")
    return Broken(CaseRule.COOLING_OFF, f"({actor.person})") if actor.cooling else None
