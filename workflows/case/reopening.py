"""Deciding again: an approval that does not stand goes back to its panel, and what was open waits."""

from collections.abc import Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.deadline import Stop
    from models.case.panel import Outcome
    from models.case.record import Carried, Decided, GateKind, Session
    from models.case.rule import Rule
    from models.partnership.partnership import GateRef, Proposal, Standing, Status
    from models.partnership.programme import Programme
    from workflows.case.approval import Approving
    from workflows.case.case import Ended


class DecidingAgain(Approving):
    """Casework that can take a decision once more, at any rest.

    Meanwhile the gate that was open is suspended: its clock stands still, and it takes no messages.
    """

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self.fallen: list[Decided] = []
        """Approvals that do not stand."""
        self.deciding_again = False
        self._suspended = ""

    async def rest(self, done: Callable[[], bool]) -> None:
        """Rest; what falls meanwhile is decided again before anything else goes on."""
        if self.deciding_again:
            await super().rest(done)
            return
        while True:
            await super().rest(lambda: done() or bool(self.fallen))
            if not self.fallen:
                return
            await self._decide_again(self.fallen.pop(0))

    async def _decide_again(self, fallen: Decided) -> None:
        since, suspended = self.now(), self.session
        kept = self.voters, self.comments, self.outcome
        self.session, self._suspended, self.deciding_again = None, self._open_id(), True
        try:
            outcome, why = await self._sit_again(fallen)
        finally:
            self.session, self._suspended, self.deciding_again = suspended, "", False
            self.voters, self.comments, self.outcome = kept
        if outcome is not Outcome.APPROVED:
            status = Status.LAPSED if outcome is Outcome.LAPSED else Status.REJECTED
            raise Ended(status, f"{fallen.opening.id} was not confirmed. {why}".strip())
        if suspended and not suspended.stopped_at:
            await self._go_on(suspended, Stop(since=since, until=self.now()))

    async def _sit_again(self, fallen: Decided) -> tuple[Outcome, str]:
        """The same panel on the same content, without whoever has a conflict."""
        ref = GateRef.parse(GateRef.parse(fallen.opening.id).again())
        await self.convene(
            ref.name,
            ref.round,
            self.programme.panels()[ref.panel],
            self.entry("decision reopened", facts={"fallen": fallen.opening.id, "waits": self._suspended}),
            barred=fallen.gate.barred,
            question=f"Decide again: {fallen.opening.question}"[:500],
            subject=fallen.opening.subject,
            act=fallen.opening.act,
        )
        return await self.verdict(), self.comments

    async def _go_on(self, suspended: Session, stop: Stop) -> None:
        schedule = suspended.opened.schedule
        later = schedule.model_copy(update={"stops": (*schedule.stops, stop)})
        key = f"{suspended.opening.id}:resumed:{len(later.stops)}"
        self.received(await self.write(self._rescheduling("clock running again", key, later)))

    def misplaced(self, gate: str, kind: GateKind) -> Rule | None:
        """Why a message of this kind cannot go to ``gate`` now, or None."""
        return Rule.RECONSIDERED if gate == self._suspended else super().misplaced(gate, kind)

    def _seen(self, name: str) -> bool:
        suspended = self._suspended and GateRef.parse(self._suspended).name
        return name == suspended or super()._seen(name)
