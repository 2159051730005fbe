"""The agreement: a text is drafted, cleared and signed; a refusal sends it back to the table."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.agreement.action import AgreementAction
    from models.agreement.agreement import (
        KIND,
        AgreementGate,
        AgreementResult,
        AgreementStart,
        Text,
        missing_countries,
    )
    from models.agreement.rule import AgreementRule
    from models.agreement.terms import AgreementRules
    from models.case.approval import Verdict
    from models.case.case import Ending
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from workflows.agreement.replacements import Replacements
    from workflows.agreement.signing import Signing
    from workflows.case.case import CaseFile
    from workflows.case.children import tell_parent
    from workflows.case.ended import Ended
    from workflows.case.instruments import instruments


@workflow.defn(name="agreement")
class Agreement:
    """Carries one agreement until it is in force, or nobody will sign it."""

    @workflow.init
    def __init__(self, start: AgreementStart) -> None:
        self.start = start
        self.case = CaseFile(start.case, KIND, AgreementRules)
        messages, self.gates, self.panels, confirmations = instruments(self.case)
        self.text: Text | None = None
        self.signing = Signing(self.gates)
        Replacements(self.signing, confirmations)
        self.case.rerun.begins_with(lambda: start)
        messages.takes("table", Text, self._may_table, self._table)

    @workflow.run
    async def run(self, start: AgreementStart) -> Ending:
        """Draft, clear and sign, in as many rounds as the programme allows."""
        in_force = Ending(status="concluded", reason="The agreement is in force.")
        ending = await self.case.carry_out(self._procedure, in_force)
        await tell_parent()
        return ending

    async def _procedure(self) -> None:
        self.case.outcome = await self.negotiate()

    async def negotiate(self) -> AgreementResult:
        """Rounds of text, clearance and signatures, until one text carries every signature."""
        for round_ in range(1, self.case.rules.agreement.rounds + 1):
            text = await self.draft(round_)
            if await self.cleared(text, round_) and (parties := await self.signing.signed(text, round_)):
                facts = {"kind": text.kind, "title": text.title}
                self.case.note(AgreementAction.IN_FORCE, content_hash=text.document, facts=facts)
                return AgreementResult(kind=text.kind, document=text.document, parties=parties)
        raise Ended("abandoned", f"No text was signed by all. {CaseRule.ROUNDS_USED_UP.text}")

    async def draft(self, round_: int) -> Text:
        """Wait for a text on the table."""
        self.text = None
        terms = self.case.rules.agreement.drafting
        opening = self.gates.opening(
            AgreementGate.TEXT,
            "agreement.text",
            round_,
            question="Put the text of the agreement on the table",
            roles=terms.roles,
            subject={"case": self.case.number, "round": round_},
            terms=terms.deadline,
            act=Act.DRAFT,
        )
        await self.gates.open(opening, self.case.entry(AgreementAction.TEXT_AWAITED))
        if await self.gates.settle(opening.id, lambda: self.text is not None):
            self.gates.close(opening.id, "lapsed")
            raise Ended("lapsed", "No text was put on the table in time.")
        self.gates.close(opening.id, "done")
        text: Text | None = self.text
        assert text
        return text

    async def cleared(self, text: Text, round_: int) -> bool:
        """Whether the panel clears the text for signing; a return asks for another one."""
        verdict = await self.panels.convene(
            "agreement.clearance",
            round_,
            self.case.rules.agreement.clearance,
            self.case.entry(AgreementAction.UP_FOR_CLEARANCE, round=round_),
            barred=(text.actor, self.start.proposer),
            amount=self.case.case.amount.minor if self.case.case.amount else None,
            question=f"Clear the {text.kind.upper()} for signing?",
            subject=text.content(),
            act=Act.CLEAR,
        )
        assert isinstance(verdict, Verdict), "no money moves with it"
        if verdict.outcome in (Outcome.REJECTED, Outcome.LAPSED):
            ended = "lapsed" if verdict.outcome is Outcome.LAPSED else "abandoned"
            raise Ended(ended, f"The text was not cleared. {verdict.comments}".strip())
        return verdict.outcome is Outcome.APPROVED

    # -- messages -----------------------------------------------------------------------------

    def _may_table(self, text: Text, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(text.gate, AgreementGate.TEXT, actor):
            return broken
        if self.text:
            return Broken(CaseRule.STAGE_OVER)
        missing = missing_countries(text, self.case.case.countries, actor.actor)
        return Broken(AgreementRule.COUNTRIES, f"({', '.join(missing)})") if missing else None

    def _table(self, text: Text, _: Rights) -> Entry:
        self.text = text
        return self.case.entry(
            AgreementAction.TABLED,
            key=f"{text.gate}:tabled",
            actor=text.actor,
            act=Act.DRAFT,
            content_hash=text.document,
        )
