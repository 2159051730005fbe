"""Tasks: pieces of work that a cohort waits for under a deadline."""

from collections.abc import Callable
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.deadline import Terms
    from models.case.record import Entry
    from models.training.action import CohortGate
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.gates import Gates

LAPSED = "lapsed"


class Tasks:
    """Opens a gate for work, waits for it, closes the gate."""

    def __init__(self, case: CaseFile[CohortTerms], gates: Gates) -> None:
        self.case = case
        self.gates = gates

    async def done(
        self,
        kind: CohortGate,
        round_: int,
        terms: Terms,
        entry: Entry,
        settled: Callable[[], bool],
        **more: Any,
    ) -> bool:
        """Wait until the work is done. False: its time has passed.

        How the record has closed the gate stands: a run that goes the same way again does not find out anew.
        """
        opening = self.gates.opening(
            kind,
            gate_name(kind),
            round_,
            terms=terms,
            subject={"case": self.case.number, "task": kind, "round": round_},
            personal=True,
            **more,
        )
        await self.gates.open(opening, entry)
        late = await self.gates.settle(opening.id, settled)
        outcome = self.gates.outcome_on_record(opening.id) or (LAPSED if late else "done")
        self.gates.close(opening.id, outcome)
        return outcome != LAPSED


def gate_name(kind: CohortGate) -> str:
    """The name of the gates of a kind of work: ``training.action-plans``."""
    return f"training.{kind.replace(' ', '-')}"
