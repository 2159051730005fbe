"""A partnership: review, study money, study, agreement, launch, and every way it can end early."""

from typing import TypedDict

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from models.agreement.agreement import AgreementResult, AgreementStart
    from models.case.approval import Verdict
    from models.case.case import Ending
    from models.case.effects import Tells
    from models.case.letters import is_over
    from models.case.panel import Outcome
    from models.partnership.action import PartnershipAction
    from models.partnership.partnership import KIND, PartnershipStart, Stage, Status
    from models.partnership.programme import PartnershipTerms
    from models.study.study import Finding, StudyOutcome, StudyStart
    from models.text import markdown
    from workflows.case.case import CaseFile
    from workflows.case.children import Children
    from workflows.case.ended import Ended
    from workflows.case.instruments import instruments
    from workflows.partnership.funding import Funding
    from workflows.partnership.launch import Launch
    from workflows.partnership.proposal import Proposals
    from workflows.partnership.reduction import Reductions
    from workflows.partnership.stages import Stages

STAGE = SearchAttributeKey.for_keyword("AccordStage")
STATUS = SearchAttributeKey.for_keyword("AccordStatus")


class PartnershipStatus(TypedDict):
    """What the query ``status`` answers."""

    case: str
    standing: str
    round: int
    gates: list[str]
    blockers: list[str]


@workflow.defn(name="partnership")
class Partnership:
    """Carries one partnership from proposal to launch."""

    @workflow.init
    def __init__(self, start: PartnershipStart) -> None:
        self.case = CaseFile(start.case, KIND, PartnershipTerms)
        messages, self.gates, panels, _ = instruments(self.case)
        self.children = Children(self.case, messages)
        self.proposals = Proposals(self.case, self.gates, start.proposal)
        self.stages = Stages(self.case, panels, self.proposals)
        reductions = Reductions(self.case, panels, self.proposals)
        self.funding = Funding(self.case, self.stages, self.proposals, reductions)
        self.launching = Launch(self.case, self.gates, self.stages, self.funding)
        self.case.rerun.begins_with(lambda: start)
        self.case.at_rest(self._publish)
        self.case.at_the_end(self._unwind)
        self._signing = False
        self._shown = (str(self.case.standing.stage), str(self.case.standing.status))

    @workflow.run
    async def run(self, start: PartnershipStart) -> Ending:
        """The procedure. The ending says how the case closed, and why."""
        launched = Ending(status=Status.LAUNCHED, reason="The project is launched.")
        return await self.case.carry_out(self._procedure, launched)

    async def _procedure(self) -> None:
        self.proposals.register()
        await self.pass_review()
        self.stages.begin()
        await self.funding.fund()
        await self.carry_out_study()
        await self.sign_agreement()
        await self.launching.launch()

    async def pass_review(self) -> None:
        """Rounds of review and revision until the panel approves."""
        terms = self.case.rules.review
        while True:
            subject = self.proposals.proposal.content()
            verdict = await self.stages.convene(Stage.REVIEW, terms, "Review the proposal", subject)
            assert isinstance(verdict, Verdict), "no money moves with it"
            if verdict.outcome is Outcome.APPROVED:
                return
            await self.stages.after_no(Stage.REVIEW, terms, verdict)

    async def carry_out_study(self) -> None:
        """The study, as a life of its own. Infeasible is an end; conditions must be met before launch."""
        while (outcome := await self._contracted()).terminated:
            await self.funding.replace_contractor(outcome)
        if outcome.result is None:
            raise Ended(Status.ABANDONED, "The study brought no result.")
        self.launching.study = outcome.result
        self.launching.unmet = list(outcome.result.conditions)
        if outcome.result.finding is Finding.INFEASIBLE:
            raise Ended(Status.INFEASIBLE, "The study found the project infeasible.")

    async def _contracted(self) -> StudyOutcome:
        """The study under one contract."""
        funding, proposal = self.funding, self.proposals.proposal
        name = "study" if funding.contracts == 1 else f"study-{funding.contracts}"
        start = StudyStart(
            case=self.case.case.part("study", name),
            commitment=funding.reductions.granted,
            reservation=funding.reservation,
            parts=funding.open_parts,
            used=funding.used,
            what=proposal.study,
            proposer=proposal.proposer,
            lead=proposal.consortium.lead if proposal.consortium else None,
        )
        self.stages.enter(Stage.STUDY)
        return StudyOutcome.model_validate(await self.children.carry("study", start, name))

    async def sign_agreement(self) -> None:
        """The agreement, as a life of its own."""
        self.stages.enter(Stage.AGREEMENT)
        self._signing = True
        case = self.case.case.part("agreement", "agreement")
        start = AgreementStart(case=case, proposer=self.proposals.proposal.proposer)
        outcome = await self.children.carry("agreement", start, "agreement")
        self._signing = False
        self.launching.agreement = AgreementResult.model_validate(outcome)

    def _unwind(self, ending: Ending) -> None:
        """Stop clocks → block new money → cancel unsent payments → release reservations → void signature
        rounds → tell everyone → close the record. What does not apply is left out.
        """
        self.case.note(PartnershipAction.CLOCKS_STOPPED, reason=ending.reason)
        self.funding.unwind(ending)
        if self._signing:
            self.case.note(PartnershipAction.SIGNATURES_VOIDED, reason=ending.reason)
        proposal, rules = self.proposals.proposal, self.case.terms.rules
        letter = is_over(
            self.case.number,
            proposal.title,
            ending.status,
            ending.reason,
            rules.coordinators if rules else (),
            self.proposals.handed_in,
        )
        self.case.note(PartnershipAction.TOLD, effects=(Tells(notice=letter),))

    def _publish(self) -> None:
        """Let lists and the Temporal UI show where the case stands."""
        standing = self.case.standing
        shown = (str(standing.stage), str(standing.status))
        if shown == self._shown:
            return
        self._shown = shown
        workflow.upsert_search_attributes([STAGE.value_set(shown[0]), STATUS.value_set(shown[1])])
        title = self.proposals.proposal.title
        workflow.set_current_details(f"**{self.case.number}** {markdown(title)}\n\n**At:** {standing}")

    @workflow.query
    def status(self) -> PartnershipStatus:
        """Where the case stands and what it waits for."""
        at_launch = self.case.standing.stage == Stage.LAUNCH
        return {
            "case": self.case.number,
            "standing": str(self.case.standing),
            "round": self.stages.round,
            "gates": list(self.gates.open_now),
            "blockers": self.launching.blockers() if at_launch else [],
        }
