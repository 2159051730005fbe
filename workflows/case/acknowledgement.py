"""The report of an acting vote: an open task, with a deadline, for whom it was cast."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.acknowledgement import Acknowledgement, ReportStart
    from models.case.record import Answer, Carried, Entry, GateKind
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import GateRef, Standing
    from workflows.case.deadline import Timed


@workflow.defn(name="report")
class Report(Timed):
    """Waits until somebody has taken note of what was decided for them. Nothing else waits for it."""

    @workflow.init
    def __init__(self, start: ReportStart) -> None:
        standing = Standing(stage=GateRef.parse(start.vote).stage)
        super().__init__(start.proposal, start.programme, standing, Carried())
        self.noted = False
        self.by_signal("acknowledge", Acknowledgement, self._acknowledge)

    @workflow.run
    async def run(self, start: ReportStart) -> None:
        """Ask, remind, escalate; at the end it is on record whether note was taken."""
        try:
            await self._wait(start)
        except asyncio.CancelledError:
            if self.session:
                self.close("stopped")
            raise
        finally:
            await self.finish()

    async def _wait(self, start: ReportStart) -> None:
        facts = {"vote": start.vote, "record": start.record, "verdict": start.verdict, "by": start.deputy}
        opening = self.opening(
            GateKind.REPORT,
            start.name,
            start.record,
            question=start.question,
            roles=(),
            persons=(start.absent,),
            subject=facts,
            terms=start.terms,
        )
        await self.open(opening, self.entry("report awaited", facts=facts))
        lapsed = await self.sit(lambda: self.noted)
        self.close("lapsed" if lapsed else "done")

    @workflow.update
    async def acknowledge(self, note: Acknowledgement) -> Answer:
        """Take note of what was decided for you."""
        return await self._acknowledge(note)

    @acknowledge.validator
    def _turn_away_acknowledgement(self, note: Acknowledgement) -> None:
        self.turn_away(note.gate)

    async def _acknowledge(self, note: Acknowledgement) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self.may_work(note, GateKind.REPORT, actor):
                return broken
            return Broken(Rule.STAGE_OVER) if self.noted else None

        def accept() -> Entry:
            self.noted = True
            key = f"{note.gate}:acknowledged"
            return self.entry("report acknowledged", key=key, actor=note.actor, reason=note.comment)

        return await self.handle(note, judge, accept)
