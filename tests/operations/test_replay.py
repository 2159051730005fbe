"""Yesterday's histories replay on today's code, and the guard bites when they would not."""

import gzip
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from models.study.study import Deliverable, StudyOutcome
from runtime.plugin import plugin
from workflows.study.study import Study
from workflows.study.tranche import StudyStart

with workflow.unsafe.imports_passed_through():
    from tests.support import paying, scenarios
    from tests.support.manifest import HISTORIES

RECORDED = sorted(HISTORIES.glob("*/*.json.gz"))


def history(path: Path) -> WorkflowHistory:
    """A stored history."""
    return WorkflowHistory.from_json(path.name, gzip.decompress(path.read_bytes()).decode())


def test_every_path_has_a_history() -> None:
    assert stored("partnership") >= set(scenarios.CLOSED) | set(scenarios.OPEN)
    assert stored("payment") >= set(paying.SCENARIOS)


def stored(kind: str) -> set[str]:
    """The ways that a kind of workflow was recorded in."""
    return {path.name.removesuffix(".json.gz") for path in RECORDED if path.parent.name == kind}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.name[:-8]}")
async def test_a_stored_history_replays(path: Path) -> None:
    await Replayer(workflows=[], plugins=[plugin()]).replay_workflow(history(path))


@workflow.defn(name="study")
class Reordered(Study):
    """The study, with its first two steps the wrong way round."""

    @workflow.init
    def __init__(self, start: StudyStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StudyStart) -> StudyOutcome:
        """Deliver first, award afterwards."""
        await self.obtain(Deliverable.INCEPTION)
        await self.award_contract()
        return StudyOutcome()


async def test_the_guard_bites() -> None:
    replayer = Replayer(workflows=[], plugins=[plugin([Reordered])])
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(history(HISTORIES / "study" / "happy.json.gz"))
