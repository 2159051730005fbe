"""The stages of a partnership that a panel decides: rounds, revisions, and what a no means."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.approval import Verdict
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Entry, Receipt
    from models.case.rule import CaseRule
    from models.case.terms import GateTerms
    from models.partnership.partnership import Stage, Status
    from models.partnership.programme import PartnershipTerms
    from workflows.case.case import CaseFile
    from workflows.case.ended import Ended
    from workflows.case.panels import Panels
    from workflows.partnership.proposal import Proposals

_ACTS = {Stage.REVIEW: Act.REVIEW, Stage.FUNDING: Act.APPROVE, Stage.LAUNCH: Act.LAUNCH}
_SAID_NO = {Outcome.REJECTED: Status.REJECTED, Outcome.LAPSED: Status.LAPSED}


class Stages:
    """Which round of its stage a partnership is in."""

    def __init__(self, case: CaseFile[PartnershipTerms], panels: Panels, proposals: Proposals) -> None:
        self.case = case
        self.panels = panels
        self.proposals = proposals
        self.round = 1
        self.waits = 0
        """Rounds in which the case only waited for money; they are not held against it."""

    def begin(self) -> None:
        """Count the rounds of a stage from one."""
        self.round, self.waits = 1, 0

    async def convene(
        self, stage: Stage, terms: GateTerms, question: str, subject: dict[str, Any], *effects: Any
    ) -> Verdict | Receipt:
        """Have the panel of a stage decide; whoever handed in a version has no vote."""
        opened = self.move(stage, Status.OPEN, f"{stage} opened", *effects)
        verdict = await self.panels.convene(
            stage,
            self.round,
            terms,
            opened,
            barred=self.proposals.handed_in,
            amount=self.proposals.proposal.requested.minor,
            question=question,
            subject=subject,
            act=_ACTS[stage],
        )
        if isinstance(verdict, Verdict):
            self.proposals.voters = verdict.voters
        return verdict

    async def after_no(self, stage: Stage, terms: GateTerms, verdict: Verdict) -> None:
        """Ask for a revision where one is allowed; otherwise the case ends here."""
        if verdict.outcome is not Outcome.RETURNED:
            raise Ended(_SAID_NO[verdict.outcome], verdict.comments or CaseRule.DEADLINE_PASSED.text)
        if not self.more_rounds(terms):
            raise Ended(Status.REJECTED, f"{CaseRule.ROUNDS_USED_UP.text} {verdict.comments}".strip())
        await self.ask_for_revision(stage, verdict.comments)

    def more_rounds(self, terms: GateTerms) -> bool:
        """Whether the programme allows another round."""
        return self.round - self.waits < terms.rounds

    async def ask_for_revision(self, stage: Stage, points: str) -> None:
        """Wait for the revision that answers ``points``; the next round follows."""
        returned = self.move(stage, Status.RETURNED, f"{stage} returned").model_copy(
            update={"reason": points}
        )
        await self.proposals.revise(stage, self.round, returned, points, self.case.rules.revision)
        self.round += 1

    def enter(self, stage: Stage) -> None:
        """Go to a stage that a part of the case carries."""
        self.case.journal.add(self.move(stage, Status.OPEN, f"{stage} opened"))

    def move(self, stage: Stage, status: Status, action: str, *effects: Any) -> Entry:
        """Go to a standing; the entry says from where."""
        return self.case.move(stage, status, action, round=self.round, effects=effects)
