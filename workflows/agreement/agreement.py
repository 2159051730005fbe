"""The agreement: a text is drafted, cleared and signed; a refusal sends it back to the table."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.agreement.agreement import (
        AgreementOutcome,
        AgreementResult,
        Round,
        Signature,
        Text,
        judge_signature,
    )
    from models.base import Message
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Answer, Carried, Entry, GateKind
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import Proposal, Stage, Standing, Status
    from models.partnership.programme import Programme
    from workflows.case.case import Ended
    from workflows.case.challenge import Challengeable


class AgreementStart(Message):
    """Whose agreement it is."""

    proposal: Proposal
    programme: Programme


@workflow.defn(name="agreement")
class Agreement(Challengeable):
    """Carries one agreement until it is in force, or nobody will sign it."""

    @workflow.init
    def __init__(self, start: AgreementStart) -> None:
        super().__init__(start.proposal, start.programme, Standing(stage=Stage.AGREEMENT), Carried())
        self.text: Text | None = None
        self.round: Round | None = None
        self.by_signal("table", Text, self._table)
        self.by_signal("sign", Signature, self._sign)

    @workflow.run
    async def run(self, start: AgreementStart) -> AgreementOutcome:
        """Draft, clear and sign, in as many rounds as the programme allows."""
        try:
            outcome = AgreementOutcome(result=await self.negotiate())
        except Ended as end:
            outcome = AgreementOutcome(ending=end.ending)
        except asyncio.CancelledError:
            await self.finish()
            raise
        await self.finish()
        return outcome

    async def negotiate(self) -> AgreementResult:
        """Rounds of text, clearance and signatures, until one text carries every signature."""
        for round_ in range(1, self.programme.agreement.rounds + 1):
            text = await self.draft(round_)
            if await self.cleared(text, round_) and await self.signed(text, round_):
                self.note(
                    "in force", content_hash=text.document, facts={"kind": text.kind, "title": text.title}
                )
                return AgreementResult(kind=text.kind, document=text.document, parties=text.parties)
        raise Ended(Status.ABANDONED, f"No text was signed by all. {Rule.ROUNDS_USED_UP.text}")

    async def draft(self, round_: int) -> Text:
        """Wait for a text on the table."""
        self.text = None
        terms = self.programme.agreement.drafting
        opening = self.opening(
            GateKind.TEXT,
            "agreement.text",
            round_,
            question="Put the text of the agreement on the table",
            roles=terms.roles,
            subject={"case": self.case, "round": round_},
            terms=terms.deadline,
            act=Act.DRAFT,
        )
        await self.open(opening, self.entry("text awaited"))
        if await self.sit(lambda: self.text is not None):
            self.close("lapsed")
            raise Ended(Status.LAPSED, "No text was put on the table in time.")
        self.close("done")
        text: Text | None = self.text
        assert text
        return text

    async def cleared(self, text: Text, round_: int) -> bool:
        """Whether the panel clears the text for signing; a return asks for another one."""
        await self.convene(
            "agreement.clearance",
            round_,
            self.programme.agreement.clearance,
            self.entry("text up for clearance", round=round_),
            barred=(text.actor, self.proposal.proposer),
            question=f"Clear the {text.kind.upper()} for signing?",
            subject=text.content(),
            act=Act.CLEAR,
        )
        outcome = await self.verdict()
        if outcome in (Outcome.REJECTED, Outcome.LAPSED):
            ended = Status.LAPSED if outcome is Outcome.LAPSED else Status.ABANDONED
            raise Ended(ended, f"The text was not cleared. {self.comments}".strip())
        return outcome is Outcome.APPROVED

    async def signed(self, text: Text, round_: int) -> bool:
        """Whether every party signed this text. One refusal voids the round."""
        self.round = Round(text=text)
        opening = self.opening(
            GateKind.SIGNING,
            "agreement.signing",
            round_,
            question=f"Sign the {text.kind.upper()}: {text.title}",
            roles=(),
            persons=tuple(party.signatory for party in text.parties),
            subject=text.content(),
            terms=self.programme.agreement.signing,
        )
        await self.open(opening, self.entry("signing opened", content_hash=text.document))
        lapsed = await self.sit(lambda: self.round is not None and self.round.settled)
        done, self.round = self.round, None
        refusal = done.refusal if done else None
        if lapsed or refusal:
            self.close("void", reason=refusal.comment if refusal else Rule.DEADLINE_PASSED.text)
            return False
        self.close("signed")
        return True

    @workflow.update
    async def table(self, text: Text) -> Answer:
        """Put a text on the table: its digest, its kind, and who signs for which party."""
        return await self._table(text)

    @table.validator
    def _turn_away_text(self, text: Text) -> None:
        self.turn_away(text.gate)

    async def _table(self, text: Text) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self.may_work(text, GateKind.TEXT, actor):
                return broken
            return Broken(Rule.STAGE_OVER) if self.text else None

        def accept() -> Entry:
            self.text = text
            return self.entry(
                "text tabled",
                key=f"{text.gate}:tabled",
                actor=text.actor,
                act=Act.DRAFT,
                content_hash=text.document,
                facts=text.content(),
            )

        return await self.handle(text, judge, accept)

    @workflow.update
    async def sign(self, signature: Signature) -> Answer:
        """Sign the text, or refuse to; only the named signatories, only this text."""
        return await self._sign(signature)

    @sign.validator
    def _turn_away_signature(self, signature: Signature) -> None:
        self.turn_away(signature.gate)

    async def _sign(self, signature: Signature) -> Answer:
        def judge(_: Rights) -> Broken | None:
            rule = self.misplaced(signature.gate, GateKind.SIGNING) or breaks()
            return Broken(rule) if rule else None

        def breaks() -> Rule | None:
            if self.round is None or self.round.settled:
                return Rule.STAGE_OVER
            return judge_signature(self.round, signature)

        def accept() -> Entry:
            assert self.round
            self.round = self.round.with_signature(signature)
            return self.entry(
                f"text {signature.verdict}",
                key=f"{signature.gate}:signature:{signature.actor}",
                actor=signature.actor,
                reason=signature.comment,
                content_hash=signature.document,
                facts={"authority": signature.authority},
            )

        return await self.handle(signature, judge, accept)
