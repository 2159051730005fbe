"""The contract for a study: a tender in the funding country, held again when it fails; the task force."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Answer, Carried, Entry, GateKind
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import Proposal, Standing, Status
    from models.partnership.programme import Programme
    from models.partnership.terms import TaskTerms
    from models.study.study import Award, Tender, TenderFailure
    from workflows.case.case import Ended
    from workflows.case.challenge import Challengeable


class Tendering(Challengeable):
    """A study whose contractor a tender finds. Selection is not award; the applicant is never the payee."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self.contract: Award | None = None
        self.tender: Tender | None = None
        self.failure: TenderFailure | None = None
        self.used: dict[str, int] = {}
        """Rounds that earlier contracts have used up, by the name of the gate."""
        self.by_signal("award", Award, self._award)
        self.by_signal("publish", Tender, self._publish)
        self.by_signal("fail_tender", TenderFailure, self._fail_tender)

    async def award_contract(self) -> Award:
        """Publish and award; a tender that fails is held again, then the task force says what follows."""
        held = self.proposal.consortium is None
        terms = self.programme.study.tender if held else None
        before = self.used.get("study.award", 0)
        round_ = before
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
        await self.task(
            GateKind.TENDER, "study.tender", round_, terms, f"Publish the tender of the {self._what}"
        )
        if await self.sit(lambda: self.tender is not None):
            self.close("lapsed")
            raise Ended(Status.LAPSED, "No tender was published in time.")
        self.close("done")

    async def _awarded(self, round_: int) -> None:
        self.failure = None
        terms = self.programme.study.award
        await self.task(GateKind.AWARD, "study.award", round_, terms, f"Award the {self._what}")
        if await self.sit(lambda: self.contract is not None or self.failure is not None):
            self.close("lapsed")
            raise Ended(Status.LAPSED, "No contract was awarded in time.")
        self.close("done" if self.contract else "failed")

    async def _task_force(self, round_: int) -> None:
        """Ask whether to hold one more tender; anything but a yes ends the study."""
        terms, failure = self.programme.study.tender, self.failure
        assert terms and failure
        await self.convene(
            "study.taskforce",
            round_,
            terms.task_force,
            self.entry("tender failed for good", round=round_, reason=failure.reason),
            barred=(failure.actor,),
            question=f"The tender failed {round_} times: hold one more?",
            subject={"study": self._what, "failed": round_, "reason": failure.reason},
            act=Act.APPROVE,
        )
        if await self.verdict() is not Outcome.APPROVED:
            raise Ended(Status.ABANDONED, f"The tender failed. {self.comments}".strip())

    @property
    def _what(self) -> str:
        return f"{self.proposal.study} study"

    async def task(self, kind: GateKind, name: str, round_: int, terms: TaskTerms, question: str) -> None:
        """Open the gate of a piece of work."""
        opening = self.opening(
            kind,
            name,
            round_,
            question=question,
            roles=terms.roles,
            subject={"case": self.case, "task": question, "round": round_},
            terms=terms.deadline,
            act=_ACTS[kind],
        )
        await self.open(opening, self.entry(f"{kind} awaited"))

    @workflow.update
    async def publish(self, tender: Tender) -> Answer:
        """Publish the tender: in the funding country, with criteria that the applicant has agreed to."""
        return await self._publish(tender)

    @publish.validator
    def _turn_away_tender(self, tender: Tender) -> None:
        self.turn_away(tender.gate)

    async def _publish(self, tender: Tender) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self.may_work(tender, GateKind.TENDER, actor):
                return broken
            if self.tender:
                return Broken(Rule.STAGE_OVER)
            abroad = tender.country != self.programme.founder
            return Broken(Rule.TENDER, f"It is held in {self.programme.founder}.") if abroad else None

        def accept() -> Entry:
            self.tender = tender
            return self.entry(
                "tender published",
                key=f"{tender.gate}:published",
                actor=tender.actor,
                act=Act.AWARD,
                content_hash=tender.criteria,
                facts={"tender": tender.reference, "country": tender.country, "consent": tender.consent},
            )

        return await self.handle(tender, judge, accept)

    @workflow.update
    async def award(self, award: Award) -> Answer:
        """Name the contractor that won the tender. The applicant is never the payee."""
        return await self._award(award)

    @award.validator
    def _turn_away_award(self, award: Award) -> None:
        self.turn_away(award.gate)

    async def _award(self, award: Award) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self.may_work(award, GateKind.AWARD, actor):
                return broken
            if self.contract or self.failure:
                return Broken(Rule.STAGE_OVER)
            if self.tender and award.tender != self.tender.reference:
                return Broken(Rule.TENDER, f"The one that was published is {self.tender.reference}.")
            return None if self._may_be_paid(award.contractor) else Broken(Rule.PAYEE)

        def accept() -> Entry:
            self.contract = award
            facts = {"contractor": award.contractor, "tender": award.tender}
            key = f"{award.gate}:awarded"
            return self.entry("contract awarded", key=key, actor=award.actor, act=Act.AWARD, facts=facts)

        return await self.handle(award, judge, accept)

    def _may_be_paid(self, contractor: str) -> bool:
        """A planning study never pays its applicant, a demonstration nobody but the consortium's lead."""
        consortium = self.proposal.consortium
        if consortium:
            return contractor.casefold() == consortium.lead.casefold()
        return contractor.casefold() != self.proposal.applicant.casefold()

    @workflow.update
    async def fail_tender(self, failure: TenderFailure) -> Answer:
        """Say that no bid can be awarded, and why."""
        return await self._fail_tender(failure)

    @fail_tender.validator
    def _turn_away_failure(self, failure: TenderFailure) -> None:
        self.turn_away(failure.gate)

    async def _fail_tender(self, failure: TenderFailure) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self.may_work(failure, GateKind.AWARD, actor):
                return broken
            if self.contract or self.failure:
                return Broken(Rule.STAGE_OVER)
            return None if self.tender else Broken(Rule.TENDER, "This programme holds no tenders.")

        def accept() -> Entry:
            self.failure = failure
            key = f"{failure.gate}:failed"
            return self.entry(
                "tender failed", key=key, actor=failure.actor, act=Act.AWARD, reason=failure.reason
            )

        return await self.handle(failure, judge, accept)


_ACTS = {GateKind.TENDER: Act.AWARD, GateKind.AWARD: Act.AWARD, GateKind.DELIVERY: Act.DELIVER}
