"""What differs between engine, record and ledger: each with what it means and what to do. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

from models.base import Message, digest

RECONCILING = "reconcile"
"""What the record has for a case where a difference is of none. No case can have this number."""

REPAIRED = "difference mended"
"""The action of the entry that says what was done about a difference."""

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
    DOUBLED = (
        "doubled",
        "another workflow than that of the case bears its number",
        "`accord reconcile --repair` ends it where nothing of it is on record; else an engineer looks",
    )
    STARTED_AGAIN = (
        "started-again",
        "its workflow was started a second time, which nobody of Accord has put on record",
        "nothing is lost: it takes from the record what is decided. Ask who did it",
    )
    RESET = (
        "reset",
        "its workflow was reset, and no two operators have said so",
        "nothing is lost: it takes from the record what is decided. Ask who did it; `accord admin reset` is"
        " the way",
    )
    ENGINE_AHEAD = (
        "engine-ahead",
        "its workflow was told of entries that are not on record: the record is older than the engine",
        "stop Accord and restore the newest backup of the record; where there is none, two operators"
        " reset it to its first task, `accord admin reset CASE --event N`: what people sent is taken again",
    )
    RECORD_AHEAD = (
        "record-ahead",
        "its workflow does not know of messages that are on record: the engine is older than the record",
        "`accord reconcile --repair` has the engine take them from the record",
    )
    GATE_ON_RECORD = (
        "gate-on-record",
        "a gate is open on record, and not in its workflow",
        "`accord reconcile --repair` has the engine take it from the record",
    )
    GATE_IN_ENGINE = (
        "gate-in-engine",
        "a gate is open in its workflow, and not on record",
        "`accord reconcile --repair` has the engine take from the record what became of it",
    )
    FAILING = (
        "failing",
        "a task of its workflow fails again and again: it takes no message and no deadline passes",
        "an engineer reads why: `temporal workflow show`; it may need a worker of the version before",
    )
    MONEY = (
        "money",
        "a case that is over, or that nobody knows, holds money",
        "look at `accord fund ledger CASE`; two managers of the fund and an engineer give it back",
    )
    IN_DOUBT = (
        "in-doubt",
        "nobody knows whether the bank has made a payment",
        "ask the bank, hand in its statement (`accord fund reconcile`), or decide at the gate of the doubt",
    )
    SQUATTED = (
        "squatted",
        "a workflow that Accord has not started bears the number of a case",
        "`accord reconcile --repair` ends it: it has done nothing",
    )


ONCE = frozenset((DifferenceKind.RESET, DifferenceKind.STARTED_AGAIN))
"""What has happened and differs no more once the record says so."""


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
    failing: bool = False
    """Whether a task of it has failed more than once."""

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
        yield Difference(kind=DifferenceKind.FAILING, detail=f"run {run.run_id}", **of)
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
