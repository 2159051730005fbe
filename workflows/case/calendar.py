"""A day was declared: the deadlines of open gates are worked out anew, and those who sit there are told."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case.questions import Questions
    from models.case.action import CaseAction
    from models.case.calendar import CalendarFound, CalendarWanted
    from models.case.deadline import continued, due
    from models.case.effects import Tells
    from models.case.gate import OpenGate
    from models.case.letters import is_rescheduled
    from workflows.case.clock import Clocks
    from workflows.case.rights import ask


class CalendarPart:
    """Hears that the calendar has changed. The record says how; a signal that nobody sent changes nothing."""

    def __init__(self, clocks: Clocks) -> None:
        self.clocks = clocks
        self.gates = clocks.gates
        self._again = self._looking = False
        self.gates.messages.hears("calendar", self._nudge)

    def _nudge(self) -> None:
        """However many signals come, one look is under way and one more to come."""
        self._again = True
        if not self._looking:
            self._looking = True
            self.gates.case.follow_up(self._look())

    async def _look(self) -> None:
        while self._again:
            self._again = False
            await workflow.wait_condition(lambda: self.gates.messages.known_gates.none_being_opened)
            for gate_id in list(self.gates.open_now):
                await self._look_at(gate_id)
        self._looking = False

    async def _look_at(self, gate_id: str) -> None:
        """A clock that stands still is worked out anew when it goes on."""
        await workflow.wait_condition(lambda: not self.clocks.is_changing(gate_id))
        gate = self.gates.open_now.get(gate_id)
        if gate is None or gate.stopped_at or gate.suspended:
            return
        wanted = CalendarWanted(schedule=gate.opened.schedule)
        found = await ask(Questions.calendar, wanted, f"the calendar for {gate_id}")
        if self.gates.open_now.get(gate_id) != gate or self.clocks.is_changing(gate_id):
            await self._look_at(gate_id)
        elif not self.gates.case.closed:
            self._go_by(gate, found)

    def _go_by(self, gate: OpenGate, found: CalendarFound) -> None:
        before = gate.opened.ladder
        after = continued(before, gate.rung, found.ladder, self.gates.case.now())
        if after == before or found.record is None:
            return
        entry = self.clocks.rescheduling(
            CaseAction.CALENDAR_CHANGED,
            f"{gate.id}:calendar:{found.record}",
            gate,
            gate.opened.schedule,
            reason=found.because,
            facts={
                "before": [step.content() for step in before],
                "after": [step.content() for step in after],
                "calendar": found.record,
            },
        )
        letter = is_rescheduled(self.gates.case.number, gate.opening, due(before), due(after), found.because)
        self.gates.case.journal.add(entry.with_effects(Tells(notice=letter)))
