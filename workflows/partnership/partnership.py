"""A partnership: review, study money, study, agreement, launch, and every way it can end early."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import Field
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.agreement.agreement import AgreementResult
    from models.amount import Amount
    from models.base import Message
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Carried
    from models.partnership.partnership import Ending, Proposal, Stage, Standing, Status
    from models.partnership.programme import Programme
    from models.study.study import Deliverable, Finding, StudyOutcome, StudyResult
    from workflows.agreement.agreement import Agreement, AgreementStart
    from workflows.case.case import Ended
    from workflows.partnership.child import Accompanying
    from workflows.study.study import Study
    from workflows.study.tranche import StudyStart


class Progress(Message):
    """How far a case has come: what it takes along when it continues as new."""

    carried: Carried
    standing: Standing
    round: int
    waits: int = 0
    parts: tuple[str, ...] = tuple(Deliverable)
    contracts: int = 1
    used: dict[str, int] = Field(default_factory=dict)
    handed_in: tuple[str, ...]
    reservation: str
    reduced: Amount | None = None
    committed: bool
    study: StudyResult | None
    agreement: AgreementResult | None


class PartnershipStart(Message):
    """A proposal, and the version of the programme that the case is pinned to for good."""

    proposal: Proposal
    programme: Programme
    progress: Progress | None = None


@workflow.defn(name="partnership")
class Partnership(Accompanying):
    """Carries one partnership from proposal to launch."""

    @workflow.init
    def __init__(self, start: PartnershipStart) -> None:
        progress = start.progress
        standing = progress.standing if progress else Standing(stage=Stage.PROPOSAL)
        super().__init__(
            start.proposal, start.programme, standing, progress.carried if progress else Carried()
        )
        if progress:
            self._resume(progress)

    @workflow.run
    async def run(self, start: PartnershipStart) -> Ending:
        """The procedure. The ending says how the case closed, and why."""
        async with self.unwinding():
            await self.register()
            await self.pass_review()
            await self.fund_study()
            study = await self.carry_out_study()
            await self.sign_agreement()
            await self.launch(study)
        return self.ending

    @asynccontextmanager
    async def unwinding(self) -> AsyncIterator[None]:
        """However the procedure is left, give everything back and close the record."""
        try:
            yield
            self.ending = Ending(status=Status.LAUNCHED, reason="The project is launched.")
        except Ended as end:
            self.ending = end.ending
        except asyncio.CancelledError:
            reason = workflow.cancellation_reason() or "The workflow was cancelled by an operator."
            self.ending = Ending(status=Status.CANCELLED, reason=reason)
        self.unwind(self.ending)
        self.publish()
        await self.finish()

    async def register(self) -> None:
        """Put the proposal on record; one that breaks the programme's rules goes no further."""
        if self.standing.stage is not Stage.PROPOSAL:
            return
        self.note(
            "proposed",
            key=f"{self.case}:proposed",
            actor=self.proposal.proposer,
            act=Act.DRAFT,
            content_hash=self.proposal.digest(),
            proposal=self.proposal,
            after=self.standing,
        )
        if rule := self.programme.refuses(self.proposal):
            raise Ended(Status.REJECTED, rule.text)

    async def pass_review(self) -> None:
        """Rounds of review and revision until the panel approves."""
        if not self.enters(Stage.REVIEW):
            return
        terms = self.programme.review
        while True:
            question, subject = "Review the proposal", self.proposal.content()
            await self.convene_stage(Stage.REVIEW, terms, question, subject)
            if await self.verdict() is Outcome.APPROVED:
                return
            await self.after_no(Stage.REVIEW, terms)

    async def carry_out_study(self) -> StudyResult:
        """The study, as a life of its own. Infeasible is an end; conditions must be met before launch."""
        if self.study:
            return self.study
        while (outcome := await self._contracted()).terminated:
            await self.replace_contractor(outcome)
        if outcome.result is None:
            raise Ended(Status.ABANDONED, "The study brought no result.")
        self.study = outcome.result
        self.unmet = list(self.study.conditions)
        if self.study.finding is Finding.INFEASIBLE:
            raise Ended(Status.INFEASIBLE, "The study found the project infeasible.")
        return self.study

    async def _contracted(self) -> StudyOutcome:
        """The study under one contract."""
        start = StudyStart(
            proposal=self.proposal,
            programme=self.programme,
            commitment=self.granted,
            reservation=self.reservation,
            parts=self.parts,
            used=self.used,
        )
        await self.enter(Stage.STUDY)
        name = "study" if self.contracts == 1 else f"study-{self.contracts}"
        return await self.accompany(Study.run, start, name)

    async def sign_agreement(self) -> None:
        """The agreement, as a life of its own."""
        if self.agreement:
            return
        await self.enter(Stage.AGREEMENT)
        self.agreement_round_open = True
        start = AgreementStart(proposal=self.proposal, programme=self.programme)
        outcome = await self.accompany(Agreement.run, start, "agreement")
        self.agreement_round_open = False
        self.agreement = outcome.result

    # -- continuing as new --------------------------------------------------------------------

    def should_renew(self) -> bool:
        """At an open panel, once Temporal suggests it. Never with a child open: it would be cancelled."""
        return (
            self.session is not None
            and self.session.gate is not None
            and not self.deciding_again
            and (workflow.info().is_continue_as_new_suggested())
        )

    def renew(self) -> None:
        """Continue with a new, short history."""
        progress = Progress(
            carried=self.carried(),
            standing=self.standing,
            round=self.round,
            waits=self.waits,
            parts=self.parts,
            contracts=self.contracts,
            used=self.used,
            handed_in=self.handed_in,
            reservation=self.reservation,
            reduced=self.reduced,
            committed=self.committed,
            study=self.study,
            agreement=self.agreement,
        )
        workflow.continue_as_new(
            PartnershipStart(proposal=self.proposal, programme=self.programme, progress=progress)
        )

    def _resume(self, progress: Progress) -> None:
        self.round, self.waits = progress.round, progress.waits
        self.parts, self.contracts, self.used = progress.parts, progress.contracts, progress.used
        self.handed_in = progress.handed_in
        self.reduced = progress.reduced
        self.reservation, self.committed = progress.reservation, progress.committed
        self.study, self.agreement = progress.study, progress.agreement

    @workflow.query
    def status(self) -> dict[str, Any]:
        """Where the case stands and what it waits for."""
        opening = self.session.opening if self.session else None
        return {
            "case": self.case,
            "standing": str(self.standing),
            "round": self.round,
            "gate": opening.id if opening else None,
            "question": opening.question if opening else None,
            "content_hash": opening.content_hash if opening else None,
            "blockers": self.blockers() if self.standing.stage is Stage.LAUNCH else [],
        }
