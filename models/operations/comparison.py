"""Engine and record held against each other: what agrees, and what is a difference. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from models.operations.difference import Difference, DifferenceKind

YOUNG = timedelta(minutes=1)
"""So long a workflow may run before its case is on record, or go on after it is closed there."""


class OnRecord(NamedTuple):
    """A case, or a part of one, as the record has it."""

    id: str
    number: str
    workflow_id: str
    closed_at: datetime | None
    wrote: int = 0
    """The number of the newest entry that its workflow wrote."""
    begun_by: str = ""
    """The run that wrote its first entry; empty: none is known."""
    heard_at: datetime | None = None
    """When it last accepted a message, by the time of its workflow; None: it has not."""
    heard: int = 0
    """The number of that entry."""
    gates: frozenset[str] = frozenset()
    """Those that are open."""


class InEngine(NamedTuple):
    """A workflow as the engine has it: its newest run."""

    workflow_id: str
    kind: str
    run_id: str
    status: str
    """Lower case, e.g. ``running`` or ``terminated``."""
    started_at: datetime
    first_run: str = ""
    """The run that all later ones continue; empty: not asked."""
    reset_at: datetime | None = None
    """When this run was made by a reset; None: it was not."""
    signed: bool = True
    """Whether the services or a worker of this installation have started it."""
    failing: str = ""
    """Where a task of it fails again and again, and why: ``event 7, timed out``; empty: none does."""

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.status == "running"


class Trace(NamedTuple):
    """What a running workflow knows of the record, by its history; and what the record says to that."""

    told: int = 0
    """The highest number of an entry that this run was told of."""
    missing: tuple[int, ...] = ()
    """The numbers that it was told and that are not on record, or are there for something else."""
    first_task: int = 0
    """The event of its first completed task."""
    writing: bool = False
    """Whether an entry of it is on its way."""
    start_known: bool = True
    """Whether the record says who has started it, where it was started more than once."""
    reset_known: bool = True
    """Whether the record says who has reset it."""
    gates: frozenset[str] | None = None
    """Those it has open; None: it could not be asked."""


def differences(row: OnRecord | None, run: InEngine | None, now: datetime) -> Iterator[Difference]:
    """What does not agree between a case on record and its workflow in the engine: whether both are there."""
    if row is None:
        if run and run.running:
            yield from _of_nobody(run, now)
        return
    of = {"case": row.number, "workflow_id": row.workflow_id}
    if row.closed_at:
        if run and run.running and row.closed_at < now - YOUNG:
            yield Difference(kind=DifferenceKind.STILL_RUNNING, detail=f"run {run.run_id}", **of)
    elif run is None:
        last = f"it wrote record {row.wrote} last" if row.wrote else "it has written nothing"
        yield Difference(kind=DifferenceKind.MISSING, detail=last, **of)
    elif not run.running:
        yield Difference(kind=DifferenceKind.ENDED, detail=f"{run.status}, run {run.run_id}", **of)


def _of_nobody(run: InEngine, now: datetime) -> Iterator[Difference]:
    """A workflow that bears the number of a case which is not on record."""
    of = {"workflow_id": run.workflow_id, "detail": f"run {run.run_id}"}
    if not run.signed:
        yield Difference(kind=DifferenceKind.SQUATTED, **of)
    elif run.started_at < now - YOUNG:
        yield Difference(kind=DifferenceKind.NOT_BEGUN, **of)


def further_differences(row: OnRecord, run: InEngine, trace: Trace) -> Iterator[Difference]:
    """What does not agree of a case that is open on record, and its workflow that goes on."""
    of = {"case": row.number, "workflow_id": row.workflow_id}
    if run.failing:
        yield Difference(kind=DifferenceKind.FAILING, detail=f"run {run.run_id}, {run.failing}", **of)
    if not trace.start_known:
        yield Difference(kind=DifferenceKind.STARTED_AGAIN, detail=f"run {run.first_run}", **of)
    if not trace.reset_known:
        yield Difference(kind=DifferenceKind.RESET, detail=f"run {run.run_id}", **of)
    if trace.missing:
        numbers = ", ".join(str(one) for one in trace.missing[:20])
        detail = f"records {numbers}; its first task is event {trace.first_task}"
        yield Difference(kind=DifferenceKind.ENGINE_AHEAD, detail=detail, **of)
    elif not trace.writing and _does_not_know(row, run, trace):
        yield Difference(kind=DifferenceKind.RECORD_AHEAD, detail=f"from record {row.heard} back", **of)
    elif not trace.writing and trace.gates is not None:
        for kind, gates in (
            (DifferenceKind.GATE_ON_RECORD, row.gates - trace.gates),
            (DifferenceKind.GATE_IN_ENGINE, trace.gates - row.gates),
        ):
            yield from (Difference(kind=kind, detail=one, **of) for one in sorted(gates))


def _does_not_know(row: OnRecord, run: InEngine, trace: Trace) -> bool:
    """Whether the record has a message that this run has not heard of. What is older than the run, or than
    the reset that made it, it takes from the record when it begins.
    """
    begun = max(run.started_at, run.reset_at or run.started_at)
    return row.heard_at is not None and row.heard > trace.told and row.heard_at > begun
