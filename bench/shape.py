"""Own shape: what the engine alone costs for a lifecycle shaped like ours. Nothing happens inside.

It has the same children, activities (sync, on threads, eager), updates with a validator, deadline alarms,
search-attribute upserts, and payloads built from the same models; but no rule, no database, no mail and no
log. When ours changes its shape, this must follow: the bench prints events and bytes of both side by side.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError

from bench.bell import ring
from bench.payload import OPENED, RIGHTS, asking, entry, opening
from models.case.approval import Decision
from models.case.case import Ending
from models.case.gate import GateRef
from models.case.record import Answer, Batch, Entry, Receipt, Receipts, Source
from models.case.rights import Asked, Rights
from models.partnership.partnership import Status
from models.study.study import Deliverable
from workflows.partnership.partnership import PartnershipStart

_PARTS = tuple(f"study.{part}{step}" for part in Deliverable for step in ("-delivery", ""))
STUDY = (("study.award", 1), *((part, 1) for part in _PARTS))
AGREEMENT = (("agreement.text", 1), ("agreement.clearance", 1), ("agreement.signing", 2))

_STAGE = SearchAttributeKey.for_keyword("AccordStage")
_STATUS = SearchAttributeKey.for_keyword("AccordStatus")


@activity.defn(name="record")
def record(batch: Batch) -> Receipts:
    """Does nothing but ring for a gate that opens, and answer with receipts of the usual size."""
    receipts = [Receipt(key=e.key, seq=1000, opened=OPENED if e.opens else None) for e in batch.entries]
    for opens in filter(None, (e.opens for e in batch.entries)):
        ring(opens.id)
    return Receipts(receipts=tuple(receipts))


@activity.defn(name="rights")
def rights(asked: Asked) -> Rights:
    """Knows everybody, at once."""
    return Rights(actor=RIGHTS.model_copy(update={"person": asked.actor, "who": asked.actor}))


class Sitting:
    """A workflow that opens gates one after the other; what is decided is written with what follows."""

    def __init__(self, start: PartnershipStart) -> None:
        info = workflow.info()
        self.start = start
        self.case = start.proposal.case
        self._source = Source(
            case=self.case, workflow_id=info.workflow_id, run_id=info.run_id, rules=start.programme.digest()
        )
        self._open = ""
        self._votes = 0
        self._pending: list[Entry] = []
        self._written: set[str] = set()

    async def sit_through(self, gates: Sequence[tuple[str, int]]) -> None:
        """Open each gate and wait for so many decisions at it."""
        for name, votes in gates:
            await self.sit(name, votes)
        self._note(f"{self.case}:{gates[-1][0]}:over")

    async def sit(self, name: str, votes: int, show: str = "") -> None:
        """Open a gate, with an alarm for its deadline, and wait for so many decisions."""
        gate = f"{self.case}:{name}:1"
        asked = opening(gate, self.start)
        self._note(f"{gate}:opened", asked)
        await self.flush()
        self._open, self._votes = gate, 0
        if show:
            self.show(show)
        alarm = asyncio.create_task(workflow.sleep(timedelta(days=20), summary=f"remind: {gate}"))
        while self._votes < votes:
            await self.flush()
            await workflow.wait_condition(lambda: self._votes >= votes or bool(self._pending))
        alarm.cancel()
        self._open = ""
        self._note(f"{gate}:closed")

    async def flush(self) -> None:
        """Write what is waiting, in one activity."""
        while self._pending:
            batch = tuple(self._pending)
            await workflow.execute_activity(
                record,
                Batch(source=self._source, entries=batch),
                start_to_close_timeout=timedelta(seconds=30),
                summary=", ".join(e.action for e in batch)[:190],
            )
            del self._pending[: len(batch)]
            self._written.update(e.key for e in batch)

    async def finish(self) -> Ending:
        """Write the rest and answer whoever waits."""
        await self.flush()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return Ending(status=Status.LAUNCHED, reason="The project is launched.")

    def show(self, stage: str) -> None:
        """Upsert the attributes that lists filter by."""
        workflow.upsert_search_attributes([_STAGE.value_set(stage), _STATUS.value_set("open")])

    def end(self) -> None:
        """The entries with which a case ends."""
        for action in ("clocks stopped", "money blocked", "decommit", "told everyone", "closed"):
            self._note(f"{self.case}:launch:0:{action}")
        self.show("launched")

    def _note(self, key: str, *opens: object) -> None:
        self._pending.append(entry(key, workflow.now(), *opens))

    @workflow.update
    async def decide(self, decision: Decision) -> Answer:
        """Ask for the rights of its actor, count a decision; answer when it is written."""
        asked = asking(self.start, decision.actor, workflow.now().date())
        await workflow.execute_local_activity(rights, asked, schedule_to_close_timeout=timedelta(seconds=3))
        await workflow.wait_condition(lambda: self._open == decision.gate)
        self._votes += 1
        key = f"{decision.gate}:vote:{decision.actor}"
        self._note(key)
        await workflow.wait_condition(lambda: key in self._written)
        return Answer(accepted=True, seq=1000, message="On record.", standing="review/open")

    @decide.validator
    def _turn_away(self, decision: Decision) -> None:
        if GateRef.parse(decision.gate).case != self.case:
            raise ApplicationError("another case", non_retryable=True)


@workflow.defn(name="shape-study")
class ShapeStudy(Sitting):
    """Seven gates, as a child."""

    @workflow.init
    def __init__(self, start: PartnershipStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: PartnershipStart) -> Ending:
        """Award, then three deliverables, handed in and accepted."""
        await self.sit_through(STUDY)
        return await self.finish()


@workflow.defn(name="shape-agreement")
class ShapeAgreement(Sitting):
    """Three gates, as a child."""

    @workflow.init
    def __init__(self, start: PartnershipStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: PartnershipStart) -> Ending:
        """Text, clearance, signatures."""
        await self.sit_through(AGREEMENT)
        return await self.finish()


@workflow.defn(name="shape")
class Shape(Sitting):
    """A lifecycle."""

    @workflow.init
    def __init__(self, start: PartnershipStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: PartnershipStart) -> Ending:
        """Review and funding, two children, launch."""
        self._note(f"{self.case}:proposed")
        await self.sit("review", 2, show="review")
        await self.sit("funding", 2, show="funding")
        await self._accompany("study")
        await self._accompany("agreement")
        await self.sit("launch", 1, show="launch")
        self.end()
        return await self.finish()

    async def _accompany(self, name: str) -> None:
        self._note(f"{self.case}:{name}:1:opened")
        await self.flush()
        self.show(name)
        run = ShapeStudy.run if name == "study" else ShapeAgreement.run
        child_id = f"{workflow.info().workflow_id}/{name}"
        await workflow.execute_child_workflow(run, self.start, id=child_id, static_summary=name)
