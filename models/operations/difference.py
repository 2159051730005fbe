"""What differs between engine, record and ledger: each with what it means and what to do. Pure."""

from enum import StrEnum
from typing import Self

from models.base import Message, digest

RECONCILING = "reconcile"
"""What the record has for a case where a difference is of none. No case can have this number."""

REPAIRED = "difference mended"
"""The action of the entry that says what was done about a difference."""


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
        "shall it live: two operators, `accord admin reset`. Else `accord reconcile --repair` closes it where"
        " it holds nothing, or two operators do: `accord admin terminate`",
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
        "an engineer reads why in the log of the worker. With the version before, or code that is mended, it"
        " goes on by itself, and nothing is lost; else two operators: `accord admin reset CASE`, and where it"
        " fails on, to its first completed task (`accord history CASE --events` has its number): `--event N`",
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
