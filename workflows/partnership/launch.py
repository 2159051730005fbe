"""The launch: what blocks it, how a condition is met, and the last panel."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.agreement.agreement import AgreementResult
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Answer, Carried, Entry, GateKind
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import Fulfilment, Proposal, Stage, Standing, Status
    from models.partnership.programme import Programme
    from models.study.study import StudyResult
    from workflows.case.case import Ended
    from workflows.partnership.funding import Funded


class Launching(Funded):
    """A case that launches once study, agreement and money are in place."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self.study: StudyResult | None = None
        self.agreement: AgreementResult | None = None
        self.unmet: list[str] = []
        self.by_signal("fulfil", Fulfilment, self._fulfil)

    async def launch(self, study: StudyResult) -> None:
        """Launch, once nothing blocks it and the panel says yes."""
        self.enters(Stage.LAUNCH)
        while blockers := self.blockers():
            await self._clear(blockers)
        subject = {"final": study.final, "contractor": study.contractor, "reservation": self.reservation}
        subject |= {"agreement": self.agreement.document if self.agreement else ""}
        terms = self.programme.launch
        while True:
            await self.convene_stage(Stage.LAUNCH, terms, "Launch the project", subject)
            if await self.verdict() is Outcome.APPROVED:
                return
            await self.after_no(Stage.LAUNCH, terms)

    def blockers(self) -> list[str]:
        """What stands between the case and its launch, each by name."""
        missing = {
            "agreement in force": self.agreement is not None,
            "final deliverable accepted": self.study is not None,
            "commitment posted": self.committed,
        }
        return [name for name, there in missing.items() if not there] + [
            f"condition: {c}" for c in self.unmet
        ]

    async def _clear(self, blockers: list[str]) -> None:
        """Wait until the conditions of the study are met."""
        terms = self.programme.conditions
        facts = {"blockers": [{"blocker": b, "owner": list(terms.roles)} for b in blockers]}
        waiting = self.move(Stage.LAUNCH, Status.BLOCKED, "launch blocked", facts=facts)
        opening = self.opening(
            GateKind.CONDITIONS,
            "launch.conditions",
            self.round,
            question=f"Clear what blocks the launch: {'; '.join(blockers)}"[:500],
            roles=terms.roles,
            subject=facts,
            terms=terms.deadline,
            act=Act.DELIVER,
        )
        await self.open(opening, waiting)
        self.publish()
        if await self.sit(lambda: not self.unmet):
            self.close(Outcome.LAPSED)
            raise Ended(Status.LAPSED, f"The launch stayed blocked: {'; '.join(self.blockers())}")
        self.close("done")

    @workflow.update
    async def fulfil(self, fulfilment: Fulfilment) -> Answer:
        """Hand in the evidence that a condition of the study is met."""
        return await self._fulfil(fulfilment)

    @fulfil.validator
    def _turn_away_fulfilment(self, fulfilment: Fulfilment) -> None:
        self.turn_away(fulfilment.gate)

    async def _fulfil(self, fulfilment: Fulfilment) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self.may_work(fulfilment, GateKind.CONDITIONS, actor):
                return broken
            return None if fulfilment.condition in self.unmet else Broken(Rule.NO_SUCH_CONDITION)

        def accept() -> Entry:
            self.unmet.remove(fulfilment.condition)
            return self.entry(
                "condition met",
                key=f"{fulfilment.gate}:met:{fulfilment.digest()[:12]}",
                actor=fulfilment.actor,
                act=Act.DELIVER,
                content_hash=fulfilment.evidence,
                facts={"condition": fulfilment.condition},
            )

        return await self.handle(fulfilment, judge, accept)
