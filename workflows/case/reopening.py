"""Reopening: an approval that does not stand goes back to its panel, and what is open waits meanwhile."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.action import CaseAction
    from models.case.deadline import Stop
    from models.case.gate import Decided, GateRef, OpenGate
    from models.case.panel import Outcome
    from workflows.case.clock import Clocks
    from workflows.case.ended import Ended
    from workflows.case.panels import Panels


class Reopening:
    """Takes decisions once more. The gates that were open are suspended: their clocks stand still, and they
    take no messages.
    """

    def __init__(self, panels: Panels, clocks: Clocks) -> None:
        self.panels = panels
        self.clocks = clocks

    def falls(self, decided: Decided) -> None:
        """Have an approval that does not stand taken again, before anything else goes on."""
        gates = self.panels.gates
        suspended = [gate.id for gate in gates.open_now.values() if not gate.suspended]
        for gate_id in suspended:
            gates.change(gate_id, suspended=True)
        gates.case.alongside(self._decide_again(decided, suspended))

    async def _decide_again(self, fallen: Decided, suspended: list[str]) -> None:
        gates, case = self.panels.gates, self.panels.gates.case
        with case.hold():
            again = await self._reopened(fallen, suspended)
            decided_before = gates.outcome_on_record(again.id) is not None
            verdict = await self.panels.verdict(again.id)
            if verdict.outcome is not Outcome.APPROVED:
                status = "lapsed" if verdict.outcome is Outcome.LAPSED else "rejected"
                raise Ended(status, f"{fallen.opening.id} was not confirmed. {verdict.comments}".strip())
            stop = Stop(since=again.opened.schedule.opened_at, until=case.now())
            for gate_id in suspended:
                # the clock of a gate that the record let run again is taken from there
                await self._go_on(gate_id, None if decided_before else stop)

    async def _reopened(self, fallen: Decided, suspended: list[str]) -> OpenGate:
        """The same panel on the same content, without whoever has a conflict."""
        again = GateRef.parse(GateRef.parse(fallen.opening.id).again())
        facts = {"fallen": fallen.opening.id, "waits": ", ".join(suspended)}
        question = f"Decide again: {fallen.opening.question}"[:500]
        opening = fallen.opening.model_copy(
            update={"id": f"{again.case}:{again.name}:{again.round}", "question": question}
        )
        entry = self.panels.gates.case.entry(CaseAction.REOPENED, facts=facts)
        await self.panels.gates.open(opening, entry)
        return self.panels.gates.open_now[opening.id]

    async def _go_on(self, gate_id: str, stop: Stop | None) -> None:
        gates = self.panels.gates
        gate = gates.open_now.get(gate_id)
        if gate is None:
            return
        if stop and gate.stopped_at is None:
            await gates.case.write(self.clocks.after_stop(gate, stop))
        gates.change(gate_id, suspended=False)
