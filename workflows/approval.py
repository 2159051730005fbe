"""Approval as a gate inside the workflow that needs it: a panel, its votes, its deadline."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.approval import Decision, Gate, Outcome, Vote, judge
    from models.deadline import Consequence
    from models.partnership import Standing
    from models.programme import GateTerms, Programme
    from models.record import Answer, Carried, Entry, GateKind, Receipt
    from models.rule import Rule
    from workflows.message import Answering

_UNDECIDED = {Consequence.LAPSE: Outcome.LAPSED, Consequence.RETURN: Outcome.RETURNED}


class Approving(Answering):
    """Casework with panels: whoever sits on the open one may send a decision."""

    def __init__(self, case: str, programme: Programme, standing: Standing, carried: Carried) -> None:
        super().__init__(case, programme, standing, carried)
        self._barred: tuple[str, ...] = ()
        self.comments = ""
        self.outcome = Outcome.RETURNED
        self.by_signal("decide", Decision, self._decide)

    async def convene(
        self, name: str, round_: int, terms: GateTerms, entry: Entry, barred: tuple[str, ...], **more: Any
    ) -> Receipt | None:
        """Open a gate for the panel of ``terms``; the persons in ``barred`` have no vote."""
        self._barred = tuple(dict.fromkeys(barred))
        opening = self.opening(
            GateKind.APPROVAL,
            name,
            round_,
            roles=tuple(dict.fromkeys(terms.panel.seats)),
            panel=terms.panel,
            terms=terms.deadline,
            **more,
        )
        return await self.open(opening, entry)

    def seat(self) -> None:
        """Call the panel of the gate that was just opened to order."""
        if not self.session or not self.session.opening.panel:
            return
        opening = self.session.opening
        gate = Gate(
            id=opening.id,
            panel=opening.panel,
            content_hash=opening.content_hash,
            barred=self._barred,
            roster=self.session.opened.roster,
        )
        self.session = self.session.model_copy(update={"gate": gate})

    async def verdict(self) -> Outcome:
        """What the panel in session decides; its gate is closed with that."""
        consequence = await self.sit(lambda: self._gate().outcome is not None)
        gate = self._gate()
        outcome = _UNDECIDED[consequence] if consequence else gate.outcome
        assert outcome
        self.outcome = outcome
        self.comments = "; ".join(v.decision.comment for v in gate.votes if v.decision.comment)
        self.close(outcome, facts={"votes": [vote.content() for vote in gate.votes]})
        return outcome

    def escalate(self, role: str) -> None:
        """Give the role that the deadline calls in a seat of its own."""
        if self.session and self.session.gate:
            gate = self._gate().model_copy(update={"panel": self._gate().panel.widened(role)})
            self.session = self.session.model_copy(update={"gate": gate})

    @workflow.update
    async def decide(self, decision: Decision) -> Answer:
        """Vote at the open gate. The answer comes when the vote, or its refusal, is on record."""
        return await self._decide(decision)

    @decide.validator
    def _turn_away_decision(self, decision: Decision) -> None:
        self.turn_away(decision.gate)

    async def _decide(self, decision: Decision) -> Answer:
        verdict: Vote | Rule = Rule.STAGE_OVER

        def examine() -> Rule | None:
            nonlocal verdict
            verdict = self.misplaced(decision.gate, GateKind.APPROVAL) or judge(self._gate(), decision)
            return verdict if isinstance(verdict, Rule) else None

        def count() -> Entry:
            assert isinstance(verdict, Vote) and self.session
            gate = self._gate().with_vote(verdict)
            self.session = self.session.model_copy(update={"gate": gate})
            return self.vote_entry(verdict)

        return await self.handle(decision, examine, count)

    def vote_entry(self, vote: Vote) -> Entry:
        """The vote as it stands on record."""
        decision = vote.decision
        return self.entry(
            f"vote {decision.verdict}",
            key=f"{decision.gate}:vote:{decision.actor}",
            actor=decision.actor,
            role=vote.role,
            reason=decision.comment,
            content_hash=decision.content_hash,
        )

    def _gate(self) -> Gate:
        assert self.session and self.session.gate
        return self.session.gate
