"""Signing: every party signs one text, by its digest. One refusal voids the round."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.agreement.action import AgreementAction
    from models.agreement.agreement import (
        AgreementGate,
        Party,
        Round,
        Signature,
        Text,
        judge_authority,
        judge_signature,
    )
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule, Rule
    from workflows.case.gates import Gates


class Signing:
    """The round of signatures that is open, if one is."""

    def __init__(self, gates: Gates) -> None:
        self.gates = gates
        self.case = gates.case
        self.round: Round | None = None
        gates.messages.takes("sign", Signature, self._may_sign, self._sign)

    async def signed(self, text: Text, round_: int) -> tuple[Party, ...]:
        """The parties that have signed, each with who signed for it; none where the round is void."""
        self.round = Round(text=text)
        opening = self.gates.opening(
            AgreementGate.SIGNING,
            "agreement.signing",
            round_,
            question=f"Sign the {text.kind.upper()}: {text.title}",
            roles=(),
            persons=tuple(party.signatory for party in text.parties),
            personal=True,
            subject=text.content(),
            terms=self.case.rules.agreement.signing,
        )
        opened = self.case.entry(AgreementAction.SIGNING_OPENED, content_hash=text.document)
        await self.gates.open(opening, opened)
        lapsed = await self.gates.settle(opening.id, lambda: self.round is not None and self.round.settled)
        done, self.round = self.round, None
        refusal = done.refusal if done else None
        if lapsed or refusal:
            reason = refusal.comment if refusal else CaseRule.DEADLINE_PASSED.text
            self.gates.close(opening.id, "void", reason=reason)
            return ()
        self.gates.close(opening.id, "signed")
        return done.text.parties if done else ()

    def _may_sign(self, signature: Signature, actor: Rights) -> Broken | None:
        rule = self.gates.misplaced(signature.gate, AgreementGate.SIGNING) or self._breaks(signature, actor)
        return Broken(rule) if rule else None

    def _breaks(self, signature: Signature, actor: Rights) -> Rule | None:
        if self.round is None or self.round.settled:
            return CaseRule.STAGE_OVER
        return judge_signature(self.round, signature) or judge_authority(self.round, actor.actor)

    def _sign(self, signature: Signature, actor: Rights) -> Entry:
        assert self.round
        self.round = self.round.with_signature(signature, actor.actor.who)
        return self.case.entry(
            f"text {signature.verdict}",
            key=f"{signature.gate}:signature:{signature.actor}",
            actor=signature.actor,
            reason=signature.comment,
            content_hash=signature.document,
            facts={"authority": signature.authority},
        )
