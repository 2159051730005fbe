"""The contract for a study: a tender in the funding country, held again when it fails; the task force."""

from collections.abc import Callable
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.approval import Verdict
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.case.terms import TaskTerms
    from models.name import skeleton
    from models.study.action import StudyAction, StudyGate
    from models.study.rule import StudyRule
    from models.study.study import Award, StudyStart, Tender, TenderFailure
    from models.study.terms import StudyRules
    from workflows.case.case import CaseFile
    from workflows.case.ended import Ended
    from workflows.case.gates import Gates
    from workflows.case.panels import Panels


class Tendering:
    """Finds the contractor. Selection is not award; the applicant is never the payee."""

    def __init__(self, case: CaseFile[StudyRules], gates: Gates, panels: Panels, start: StudyStart) -> None:
        self.case = case
        self.gates = gates
        self.panels = panels
        self.start = start
        self.contract: Award | None = None
        self.awarded_at = case.now()
        """When the contract was awarded; dates that release tranches are counted from it."""
        self.tender: Tender | None = None
        self.failure: TenderFailure | None = None
        takes = gates.messages.takes
        takes("publish", Tender, self._may_publish, self._publish)
        takes("award", Award, self._may_award, self._award, restore=self._restore_award)
        takes("fail_tender", TenderFailure, self._may_fail, self._fail)

    async def award_contract(self) -> Award:
        """Publish and award; a tender that fails is held again, then the task force says what follows."""
        terms = None if self.start.lead else self.case.rules.study.tender
        before = round_ = self.start.used.get("study.award", 0)
        while self.contract is None:
            round_ += 1
            if terms:
                await self._published(terms.publication, round_)
            await self._awarded(round_)
            if self.contract is None and terms and round_ - before >= terms.rounds:
                await self._task_force(round_)
        return self.contract

    async def _published(self, terms: TaskTerms, round_: int) -> None:
        self.tender = None
        question = f"Publish the tender of the {self._what}"
        gate = await self.open_task(StudyGate.TENDER, "study.tender", round_, terms, question, Act.AWARD)
        if await self.gates.settle(gate, lambda: self.tender is not None):
            self.gates.close(gate, "lapsed")
            raise Ended("lapsed", "No tender was published in time.")
        self.gates.close(gate, "done")

    async def _awarded(self, round_: int) -> None:
        self.failure = None
        terms, question = self.case.rules.study.award, f"Award the {self._what}"
        gate = await self.open_task(StudyGate.AWARD, "study.award", round_, terms, question, Act.AWARD)
        if await self.gates.settle(gate, lambda: self.contract is not None or self.failure is not None):
            self.gates.close(gate, "lapsed")
            raise Ended("lapsed", "No contract was awarded in time.")
        self.gates.close(gate, "done" if self.contract else "failed")

    async def _task_force(self, round_: int) -> None:
        """Ask whether to hold one more tender; anything but a yes ends the study."""
        terms, failure = self.case.rules.study.tender, self.failure
        assert terms and failure
        verdict = await self.panels.convene(
            "study.taskforce",
            round_,
            terms.task_force,
            self.case.entry(StudyAction.FAILED_FOR_GOOD, round=round_, reason=failure.reason),
            barred=(failure.actor,),
            amount=self.start.commitment.minor,
            question=f"The tender failed {round_} times: hold one more?",
            subject={"study": self._what, "failed": round_, "reason": failure.reason},
            act=Act.APPROVE,
        )
        assert isinstance(verdict, Verdict), "no money moves with it"
        if verdict.outcome is not Outcome.APPROVED:
            raise Ended("abandoned", f"The tender failed. {verdict.comments}".strip())

    @property
    def _what(self) -> str:
        return f"{self.start.what} study"

    async def open_task(
        self, kind: StudyGate, name: str, round_: int, terms: TaskTerms, question: str, act: Act
    ) -> str:
        """Open the gate of a piece of work; its id."""
        opening = self.gates.opening(
            kind,
            name,
            round_,
            question=question,
            roles=terms.roles,
            subject={"case": self.case.number, "task": question, "round": round_},
            terms=terms.deadline,
            act=act,
        )
        await self.gates.open(opening, self.case.entry(f"{kind} awaited"))
        return opening.id

    # -- messages -----------------------------------------------------------------------------

    def _may_publish(self, tender: Tender, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(tender.gate, StudyGate.TENDER, actor):
            return broken
        if self.tender:
            return Broken(CaseRule.STAGE_OVER)
        founder = self.case.rules.founder
        return Broken(StudyRule.TENDER, f"It is held in {founder}.") if tender.country != founder else None

    def _publish(self, tender: Tender, _: Rights) -> Entry:
        self.tender = tender
        return self._entry(
            StudyAction.PUBLISHED,
            tender,
            f"{tender.gate}:published",
            content_hash=tender.criteria,
            facts={"tender": tender.reference, "country": tender.country, "consent": tender.consent},
        )

    def _may_award(self, award: Award, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(award.gate, StudyGate.AWARD, actor):
            return broken
        if self.contract or self.failure:
            return Broken(CaseRule.STAGE_OVER)
        if self.tender and award.tender != self.tender.reference:
            return Broken(StudyRule.TENDER, f"The one that was published is {self.tender.reference}.")
        spelled = str.casefold if actor.actor.named_is_enough else skeleton
        return None if self._may_be_paid(award, spelled) else Broken(StudyRule.PAYEE)

    def _may_be_paid(self, award: Award, spelled: Callable[[str], str]) -> bool:
        """A planning study never pays its applicant, a demonstration nobody but the consortium's lead."""
        meant = {spelled(award.contractor), spelled(award.payee)}
        if self.start.lead:
            return spelled(self.start.lead) in meant
        return not meant & {spelled(party) for party in self.case.case.parties}

    def _award(self, award: Award, _: Rights) -> Entry:
        self.contract, self.awarded_at = award, self.case.now()
        facts = {"contractor": award.contractor, "tender": award.tender}
        facts |= {"organisation": award.organisation} if award.organisation else {}
        return self._entry(StudyAction.AWARDED, award, f"{award.gate}:awarded", facts=facts)

    def _restore_award(self, award: Award, accepted: Accepted) -> None:
        self.contract, self.awarded_at = award, accepted.at

    def _may_fail(self, failure: TenderFailure, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(failure.gate, StudyGate.AWARD, actor):
            return broken
        if self.contract or self.failure:
            return Broken(CaseRule.STAGE_OVER)
        return None if self.tender else Broken(StudyRule.TENDER, "This programme holds no tenders.")

    def _fail(self, failure: TenderFailure, _: Rights) -> Entry:
        self.failure = failure
        return self._entry(StudyAction.FAILED, failure, f"{failure.gate}:failed", reason=failure.reason)

    def _entry(
        self, action: StudyAction, message: Tender | Award | TenderFailure, key: str, **more: Any
    ) -> Entry:
        return self.case.entry(action, key=key, actor=message.actor, act=Act.AWARD, **more)
