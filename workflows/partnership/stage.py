"""Going from stage to stage: what happens at every one of them in the same way."""

from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Carried, Entry, Receipt
    from models.case.rule import Rule
    from models.partnership.partnership import Proposal, Stage, Standing, Status
    from models.partnership.programme import Programme
    from models.partnership.terms import GateTerms
    from workflows.case.case import Ended
    from workflows.partnership.unwinding import Unwinding

STAGE = SearchAttributeKey.for_keyword("AccordStage")
STATUS = SearchAttributeKey.for_keyword("AccordStatus")

_ACTS = {Stage.REVIEW: Act.REVIEW, Stage.FUNDING: Act.APPROVE, Stage.LAUNCH: Act.LAUNCH}
_SAID_NO = {Outcome.REJECTED: Status.REJECTED, Outcome.LAPSED: Status.LAPSED}


class Staged(Unwinding):
    """A case that knows which stage and which round it is in, and shows it."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self.round = 1
        self.waits = 0
        """Rounds of this stage in which the case only waited for money; they are not held against it."""
        self._shown = (str(standing.stage), str(standing.status))

    def enters(self, stage: Stage) -> bool:
        """Whether ``stage`` is still to be done. Its rounds are counted from one."""
        if self.standing.stage.before(stage):
            self.round, self.waits = 1, 0
        return not stage.before(self.standing.stage)

    async def convene_stage(
        self, stage: Stage, terms: GateTerms, question: str, subject: dict[str, Any], **more: Any
    ) -> Receipt | None:
        """Open the panel of a stage; whoever handed in a version has no vote."""
        entry = self.move(stage, Status.OPEN, f"{stage} opened", **more)
        receipt = await self.convene(
            stage,
            self.round,
            terms,
            entry,
            self.handed_in,
            question=question,
            subject=subject,
            act=_ACTS[stage],
        )
        self.publish()
        return receipt

    async def after_no(self, stage: Stage, terms: GateTerms) -> None:
        """Ask for a revision where one is allowed; otherwise the case ends here."""
        if self.outcome is not Outcome.RETURNED:
            raise Ended(_SAID_NO[self.outcome], self.comments or Rule.DEADLINE_PASSED.text)
        if not self.more_rounds(terms):
            raise Ended(Status.REJECTED, f"{Rule.ROUNDS_USED_UP.text} {self.comments}".strip())
        await self.wait(stage, self.comments)

    def more_rounds(self, terms: GateTerms) -> bool:
        """Whether the programme allows another round."""
        return self.round - self.waits < terms.rounds

    async def wait(self, stage: Stage, points: str) -> None:
        """Wait for the revision that answers ``points``; the next round follows."""
        returned = self.move(stage, Status.RETURNED, f"{stage} returned", reason=points)
        await self.revise(stage, self.round, returned, points, self.programme.revision)
        self.round += 1

    async def enter(self, stage: Stage) -> None:
        """Go to a stage that a child carries; what was decided is on record before it starts."""
        self.journal.add(self.move(stage, Status.OPEN, f"{stage} opened"))
        await self.journal.flush()
        self.publish()

    def move(self, stage: Stage, status: Status, action: str, **more: Any) -> Entry:
        """Go to a standing; the entry says from where."""
        before, self.standing = self.standing, Standing(stage=stage, status=status)
        return self.entry(action, round=self.round, before=before, after=self.standing, **more)

    def publish(self) -> None:
        """Let lists and the Temporal UI show where the case stands."""
        shown = (str(self.standing.stage), str(self.standing.status))
        if shown != self._shown:
            self._shown = shown
            workflow.upsert_search_attributes([STAGE.value_set(shown[0]), STATUS.value_set(shown[1])])
        waiting = f"\n\n**Waiting for:** {self.session.opening.question}" if self.session else ""
        workflow.set_current_details(
            f"**{self.case}** {self.proposal.title}\n\n**At:** {self.standing}, round {self.round}{waiting}"
        )
