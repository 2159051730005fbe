"""A case with three panels in session at once, and a worker for it that can be killed.

python -m tests.support.three_gates HOME
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from activities.case.record import Record
    from adapters.database import connect
    from models.case.approval import Verdict
    from models.case.case import Ending
    from models.case.duty import Act
    from models.partnership.partnership import KIND, PartnershipStart, Status
    from models.partnership.programme import PartnershipTerms
    from runtime import logs
    from runtime.keys import seals
    from runtime.settings import Settings
    from runtime.temporal.engine import running
    from runtime.wire.sealing import Sealing
    from runtime.workers.plugin import plugin
    from runtime.workers.worker import activities
    from workflows.case.case import CaseFile
    from workflows.case.instruments import instruments

QUEUE = "three-gates"
GATES = ("agreement.text", "study.final", "launch.condition")
"""A text is negotiated while the final deliverable is accepted and a condition is fulfilled."""


@workflow.defn(name="three-gates", sandboxed=False)
class ThreeGates:
    """Three panels decide on one case side by side."""

    @workflow.init
    def __init__(self, start: PartnershipStart) -> None:
        self.case = CaseFile(start.case, KIND, PartnershipTerms)
        _, _, self.panels, _ = instruments(self.case)
        self.case.rerun.begins_with(lambda: start)

    @workflow.run
    async def run(self, start: PartnershipStart) -> Ending:
        """The case ends when all three have decided."""
        return await self.case.carry_out(self._procedure, Ending(status=Status.LAUNCHED, reason="All three."))

    async def _procedure(self) -> None:
        verdicts = await self.case.together(*(self._convene(name) for name in GATES))
        counts = {name: len(one.votes) for name, one in zip(GATES, verdicts, strict=True)}
        self.case.note("three decided", facts={"votes": counts})
        await self.case.written()

    async def _convene(self, name: str) -> Verdict:
        terms, said = self.case.rules.review, {"question": f"Accept {name}?", "subject": {"what": name}}
        entry = self.case.entry(f"{name} opened")
        verdict = await self.panels.convene(name, 1, terms, entry, act=Act.REVIEW, **said)
        assert isinstance(verdict, Verdict), "no money moves with it"
        return verdict


async def work(home: Path) -> None:
    """Work until killed."""
    settings = Settings(home=home)
    address, database = running(home), connect(settings.database)
    client = await Client.connect(address or "", plugins=[plugin([ThreeGates])])
    with ThreadPoolExecutor(8) as threads:
        worker = Worker(
            client,
            task_queue=QUEUE,
            activities=activities(Record(database), database, settings),
            activity_executor=threads,
            interceptors=[Sealing(seals(settings))],
            max_concurrent_activities=8,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        )
        await worker.run()


if __name__ == "__main__":
    logs.configure(50)
    asyncio.run(work(Path(sys.argv[1])))
