"""What differs between engine, record and ledger: each with what it means and what to do. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

from models.base import Message, digest

RECONCILING = "reconcile"
"""The stage that entries about differences are shown at; what has no case is under this number."""

YOUNG = timedelta(minutes=1)
"""So long a workflow may run before its case is on record, or go on after it is closed there."""


class DifferenceKind(StrEnum):
    """The kinds of differences; ``says`` is what each means, ``todo`` what to do about it."""

    says: str
    todo: str

    def __new__(cls, name: str, says: str, todo: str) -> Self:
        """A kind with its two sentences."""
        kind = str.__new__(cls, name)
        kind._value_, kind.says, kind.todo = name, says, todo
        return kind

    ENDED = (
        "ended",
        "open on record, and its workflow has ended behind Accord's back",
        "`accord reconcile --repair` closes it where it holds nothing; else two operators do:"
        " `accord admin terminate`",
    )
    MISSING = (
        "missing",
        "open on record, and the engine has no such workflow",
        "`accord reconcile --repair` starts it again: it takes from the record what is decided",
    )
    STILL_RUNNING = (
        "still-running",
        "closed on record, and its workflow goes on",
        "`accord reconcile --repair` ends the workflow: nothing of it is written any more",
    )
    NOT_BEGUN = (
        "not-begun",
        "started by Accord, and not on record so far",
        "see that a worker runs and reaches the database: it goes on by itself",
    )
    SQUATTED = (
        "squatted",
        "a workflow that Accord has not started bears the number of a case",
        "`accord reconcile --repair` ends it: it has done nothing",
    )


class Difference(Message):
    """One difference: of a case (empty: of none), at a workflow, and what is particular to it."""

    kind: DifferenceKind
    case: str = ""
    workflow_id: str = ""
    detail: str = ""

    @property
    def key(self) -> str:
        """The business key under which it is put on record, once."""
        what = digest([self.kind, self.workflow_id, self.detail])[:24]
        return f"{self.case or RECONCILING}:{RECONCILING}:{self.kind}:{what}"

    def __str__(self) -> str:
        where = self.workflow_id or self.case
        return f"{where}: {self.kind.says}" + (f" ({self.detail})" if self.detail else "")


class OnRecord(NamedTuple):
    """A case, or a part of one, as the record has it."""

    id: str
    number: str
    workflow_id: str
    closed_at: datetime | None


class InEngine(NamedTuple):
    """A workflow as the engine has it: its newest run."""

    workflow_id: str
    kind: str
    run_id: str
    status: str
    """Lower case, e.g. ``running`` or ``terminated``."""
    started_at: datetime
    signed: bool = True
    """Whether the services or a worker of this installation have started it."""

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.status == "running"


def differences(row: OnRecord | None, run: InEngine | None, now: datetime) -> Iterator[Difference]:
    """What does not agree between a case on record and its workflow in the engine."""
    if row is None:
        if run and run.running:
            yield from _of_nobody(run, now)
        return
    of = {"case": row.number, "workflow_id": row.workflow_id}
    if row.closed_at:
        if run and run.running and row.closed_at < now - YOUNG:
            yield Difference(kind=DifferenceKind.STILL_RUNNING, detail=f"run {run.run_id}", **of)
    elif run is None:
        yield Difference(kind=DifferenceKind.MISSING, **of)
    elif not run.running:
        yield Difference(kind=DifferenceKind.ENDED, detail=f"{run.status}, run {run.run_id}", **of)


def _of_nobody(run: InEngine, now: datetime) -> Iterator[Difference]:
    """A workflow that bears the number of a case which is not on record."""
    of = {"workflow_id": run.workflow_id, "detail": f"run {run.run_id}"}
    if not run.signed:
        yield Difference(kind=DifferenceKind.SQUATTED, **of)
    elif run.started_at < now - YOUNG:
        yield Difference(kind=DifferenceKind.NOT_BEGUN, **of)
