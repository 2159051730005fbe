"""Yesterday's histories replay on today's code, and the guard bites when they would not."""

import gzip
from pathlib import Path
from unittest import mock

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from runtime.workers.plugin import plugin

with workflow.unsafe.imports_passed_through():
    from models.study.study import Award
    from tests.support import cohort_lives, paying, scenarios
    from tests.support.manifest import HISTORIES
    from workflows.study.tender import Tendering

RECORDED = sorted(HISTORIES.glob("*/*.json.gz"))


def replayer() -> Replayer:
    """Today's code. How long a task takes is no matter here: the watchdog of the SDK is off."""
    return Replayer(workflows=[], plugins=[plugin()], debug_mode=True)


def history(path: Path) -> WorkflowHistory:
    """A stored history. The ids of parts are made of that of the workflow, which its first event has."""
    found = WorkflowHistory.from_json(path.name, gzip.decompress(path.read_bytes()).decode())
    started = found.events[0].workflow_execution_started_event_attributes
    return WorkflowHistory(started.workflow_id, found.events)


def test_every_path_has_a_history() -> None:
    assert stored("partnership") >= set(scenarios.CLOSED) | set(scenarios.OPEN)
    assert stored("payment") >= set(paying.SCENARIOS)
    assert stored("cohort") >= set(cohort_lives.CLOSED) | set(cohort_lives.OPEN)


def stored(kind: str) -> set[str]:
    """The ways that a kind of workflow was recorded in."""
    return {path.name.removesuffix(".json.gz") for path in RECORDED if path.parent.name == kind}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.name[:-8]}")
async def test_a_stored_history_replays(path: Path) -> None:
    await replayer().replay_workflow(history(path))


class Reordered(Tendering):
    """A tender with its first two steps the wrong way round."""

    async def award_contract(self) -> Award:
        """Award first, publish afterwards."""
        await self._awarded(1)
        return await super().award_contract()


async def test_the_guard_bites() -> None:
    happy = history(HISTORIES / "study" / "happy.json.gz")
    with (
        mock.patch("workflows.study.study.Tendering", Reordered),
        pytest.raises(workflow.NondeterminismError),
    ):
        await replayer().replay_workflow(happy)
