"""The launch of a partnership: what blocks it, how a condition is met, and the last panel."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.agreement.agreement import AgreementResult
    from models.case.approval import Verdict
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken
    from models.partnership.action import PartnershipAction, PartnershipGate
    from models.partnership.partnership import Fulfilment, Stage, Status
    from models.partnership.programme import PartnershipTerms
    from models.partnership.rule import PartnershipRule
    from models.study.study import StudyResult
    from workflows.case.case import CaseFile
    from workflows.case.ended import Ended
    from workflows.case.gates import Gates
    from workflows.partnership.funding import Funding
    from workflows.partnership.stages import Stages


class Launch:
    """Launches once study, agreement and money are in place, and the panel says yes."""

    def __init__(
        self, case: CaseFile[PartnershipTerms], gates: Gates, stages: Stages, funding: Funding
    ) -> None:
        self.case = case
        self.gates = gates
        self.stages = stages
        self.funding = funding
        self.study: StudyResult | None = None
        self.agreement: AgreementResult | None = None
        self.unmet: list[str] = []
        """Conditions of the study that are still to be met."""
        gates.messages.takes("fulfil", Fulfilment, self._may_fulfil, self._fulfil)

    async def launch(self) -> None:
        """Clear what blocks it, then have the panel decide, in as many rounds as the programme allows."""
        self.stages.begin()
        while blockers := self.blockers():
            await self._clear(blockers)
        assert self.study and self.agreement
        subject = {"final": self.study.final, "contractor": self.study.contractor}
        subject |= {"reservation": self.funding.reservation, "agreement": self.agreement.document}
        terms = self.case.rules.launch
        while True:
            verdict = await self.stages.convene(Stage.LAUNCH, terms, "Launch the project", subject)
            assert isinstance(verdict, Verdict), "no money moves with it"
            if verdict.outcome is Outcome.APPROVED:
                return
            await self.stages.after_no(Stage.LAUNCH, terms, verdict)

    def blockers(self) -> list[str]:
        """What stands between the case and its launch, each by name."""
        missing = {
            "agreement in force": self.agreement is not None,
            "final deliverable accepted": self.study is not None,
            "commitment posted": self.funding.committed,
        }
        return [name for name, there in missing.items() if not there] + [
            f"condition: {condition}" for condition in self.unmet
        ]

    async def _clear(self, blockers: list[str]) -> None:
        """Wait until the conditions of the study are met."""
        terms = self.case.rules.conditions
        facts = {"blockers": [{"blocker": b, "owner": list(terms.roles)} for b in blockers]}
        waiting = self.stages.move(Stage.LAUNCH, Status.BLOCKED, PartnershipAction.BLOCKED)
        opening = self.gates.opening(
            PartnershipGate.CONDITIONS,
            "launch.conditions",
            self.stages.round,
            question=f"Clear what blocks the launch: {'; '.join(blockers)}"[:500],
            roles=terms.roles,
            subject=facts,
            terms=terms.deadline,
            act=Act.DELIVER,
        )
        await self.gates.open(opening, waiting.model_copy(update={"facts": facts}))
        if await self.gates.settle(opening.id, lambda: not self.unmet):
            self.gates.close(opening.id, Outcome.LAPSED)
            raise Ended(Status.LAPSED, f"The launch stayed blocked: {'; '.join(self.blockers())}")
        self.gates.close(opening.id, "done")

    def _may_fulfil(self, fulfilment: Fulfilment, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(fulfilment.gate, PartnershipGate.CONDITIONS, actor):
            return broken
        return None if fulfilment.condition in self.unmet else Broken(PartnershipRule.NO_SUCH_CONDITION)

    def _fulfil(self, fulfilment: Fulfilment, _: Rights) -> Entry:
        self.unmet.remove(fulfilment.condition)
        return self.case.entry(
            PartnershipAction.CONDITION_MET,
            key=f"{fulfilment.gate}:met:{fulfilment.digest()[:12]}",
            actor=fulfilment.actor,
            act=Act.DELIVER,
            content_hash=fulfilment.evidence,
            facts={"condition": fulfilment.condition},
        )
