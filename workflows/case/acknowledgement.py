"""The report of an acting vote: an open task, with a deadline, for whom it was cast."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.acknowledgement import KIND, Acknowledgement, AcknowledgementStart
    from models.case.action import CaseAction
    from models.case.case import Ending
    from models.case.gate import GateKind
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.case.rules import Rules
    from workflows.case.calendar import CalendarPart
    from workflows.case.case import CaseFile
    from workflows.case.clock import Clocks
    from workflows.case.confirmations import Confirmations
    from workflows.case.ended import Ended
    from workflows.case.gates import Gates
    from workflows.case.messages import Messages
    from workflows.case.seat_assignment import SeatAssignmentPart


@workflow.defn(name="report")
class AcknowledgementWorkflow:
    """Waits until somebody has taken note of what was decided for them. Nothing else waits for it."""

    @workflow.init
    def __init__(self, start: AcknowledgementStart) -> None:
        self.start = start
        self.case = CaseFile(start.case, KIND, Rules)
        self.case.standing = self.case.standing.model_copy(update={"stage": start.stage})
        self.messages = Messages(self.case)
        self.gates = Gates(self.case, self.messages)
        SeatAssignmentPart(self.gates)
        CalendarPart(Clocks(self.gates, Confirmations(self.case)))
        self.case.rerun.begins_with(lambda: start)
        self.noted = False
        self.messages.takes("acknowledge", Acknowledgement, self._may_acknowledge, self._acknowledge)

    @workflow.run
    async def run(self, start: AcknowledgementStart) -> Ending:
        """Ask, remind, escalate; at the end it is on record whether note was taken."""
        return await self.case.carry_out(self._wait, Ending(status="acknowledged", reason="Note was taken."))

    async def _wait(self) -> None:
        start = self.start
        facts = {"vote": start.vote, "record": start.record, "verdict": start.verdict, "by": start.deputy}
        terms = self.case.rules.report
        assert terms, "without terms for a report no deputy votes"
        opening = self.gates.opening(
            GateKind.ACKNOWLEDGEMENT,
            start.name,
            start.record,
            question=start.question,
            roles=(),
            persons=(start.absent,),
            subject=facts,
            terms=terms,
        )
        await self.gates.open(opening, self.case.entry(CaseAction.ACKNOWLEDGEMENT_AWAITED, facts=facts))
        lapsed = await self.gates.settle(opening.id, lambda: self.noted)
        self.gates.close(opening.id, "lapsed" if lapsed else "done")
        if lapsed:
            raise Ended("lapsed", "Nobody took note in time.")

    def _may_acknowledge(self, note: Acknowledgement, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(note.gate, GateKind.ACKNOWLEDGEMENT, actor):
            return broken
        return Broken(CaseRule.STAGE_OVER) if self.noted else None

    def _acknowledge(self, note: Acknowledgement, _: Rights) -> Entry:
        self.noted = True
        key = f"{note.gate}:acknowledged"
        return self.case.entry(CaseAction.ACKNOWLEDGED, key=key, actor=note.actor, reason=note.comment)
