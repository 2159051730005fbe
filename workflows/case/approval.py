"""Approval as a gate inside the workflow that needs it: a panel, its votes, its deadline."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.acknowledgement import ReportStart
    from models.case.approval import Decision, Gate, Vote
    from models.case.deadline import Consequence
    from models.case.judge import judge
    from models.case.panel import Outcome, Choice
    from models.case.record import Answer, Carried, Entry, GateKind, Receipt
    from models.case.rights import Rights
    from models.case.rule import Broken
    from models.partnership.partnership import Proposal, Standing
    from models.partnership.programme import Programme
    from models.partnership.terms import GateTerms
    from workflows.case.acknowledgement import Report
    from workflows.case.detached import outliving
    from workflows.case.override import Overridable

_UNDECIDED = {Consequence.LAPSE: Outcome.LAPSED, Consequence.RETURN: Outcome.RETURNED}


class Approving(Overridable):
    """Casework with panels: whoever sits on the open one may send a decision."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self._terms: GateTerms | None = None
        self.voters: tuple[str, ...] = ()
        """Who voted at the last gate: a change of the content makes their votes void."""
        self._barred: tuple[str, ...] = ()
        self.comments = ""
        self.outcome = Outcome.RETURNED
        self.by_signal("decide", Decision, self._decide)

    @property
    def amount(self) -> int:
        """What is decided about, in minor units; which panel decides follows from it."""
        return self.proposal.requested.minor

    async def convene(
        self, name: str, round_: int, terms: GateTerms, entry: Entry, barred: tuple[str, ...], **more: Any
    ) -> Receipt | None:
        """Open a gate for the panel of ``terms``; the persons in ``barred`` have no vote."""
        self._barred, self._terms = tuple(dict.fromkeys(barred)), terms
        panel = terms.panel_for(self.amount)
        opening = self.opening(
            GateKind.APPROVAL,
            name,
            round_,
            roles=panel.roles,
            panel=panel,
            amount=self.amount,
            terms=terms.deadline,
            **more,
        )
        return await self.open(opening, entry)

    def seat(self) -> None:
        """Call the panel of the gate that was just opened to order."""
        if not (self.session and self.session.opening.panel and self.session.opening.act and self._terms):
            return
        opening = self.session.opening
        gate = Gate(
            id=opening.id,
            panel=opening.panel,
            content_hash=opening.content_hash,
            act=opening.act,
            duties=self.programme.duties,
            amount=self.amount,
            declared=self._terms.declared,
            attested=self._terms.attested,
            acting=self.programme.report is not None,
            barred=self._barred,
            overriders=self.programme.overriders,
        )
        self.session = self.session.model_copy(update={"gate": gate})

    async def verdict(self) -> Outcome:
        """What the panel in session decides; its gate is closed with that."""
        consequence = await self.sit(lambda: self._gate().outcome is not None)
        gate = self._gate()
        outcome = _UNDECIDED[consequence] if consequence else gate.outcome
        assert outcome
        self.outcome = outcome
        self.voters = tuple(dict.fromkeys(vote.decision.actor for vote in gate.votes))
        said = ((vote.decision.comment, *vote.decision.points) for vote in gate.votes)
        self.comments = "; ".join(text for texts in said for text in texts if text)
        facts = {"votes": [vote.content() for vote in gate.votes]}
        self.close(outcome, facts=facts | {"counts": [count.content() for count in gate.counts]})
        return outcome

    def escalate(self, role: str) -> None:
        """Give the role that the deadline calls in a seat of its own."""
        if self.session and self.session.gate:
            self._change_gate(panel=self._gate().panel.widened(role))

    @workflow.update
    async def decide(self, decision: Decision) -> Answer:
        """Vote at the open gate. The answer comes when the vote, or its refusal, is on record."""
        return await self._decide(decision)

    @decide.validator
    def _turn_away_decision(self, decision: Decision) -> None:
        self.turn_away(decision.gate)

    async def _decide(self, decision: Decision) -> Answer:
        vote: Vote | None = None
        counted: Vote | None = None

        def examine(actor: Rights) -> Broken | None:
            nonlocal vote
            if rule := self.misplaced(decision.gate, GateKind.APPROVAL):
                return Broken(rule)
            verdict = judge(self._gate(), decision, actor, self._session().claims)
            if isinstance(verdict, Broken):
                return verdict
            vote = verdict
            return None

        def count() -> Entry:
            nonlocal counted
            assert vote
            counted = vote
            self._change(gate=self._gate().with_vote(vote))
            used_up = self.unclaimed(decision.on_behalf_of or decision.actor)
            return self.vote_entry(vote).model_copy(update=used_up)

        answer = await self.handle(decision, examine, count)
        if counted and counted.acting:
            await self._report(counted, answer)
        return answer

    async def _report(self, vote: Vote, answer: Answer) -> None:
        """Have the vote of a deputy reported to whom it was cast for: a life of its own."""
        decision, terms = vote.decision, self.programme.report
        assert decision.on_behalf_of and terms
        start = ReportStart(
            proposal=self.proposal,
            programme=self.programme,
            terms=terms,
            vote=decision.gate,
            record=answer.seq,
            verdict=decision.verdict,
            deputy=decision.actor,
            absent=decision.on_behalf_of,
        )
        await outliving(Report.run, start, f"partnership/{self.case}/report/{answer.seq}")

    def vote_entry(self, vote: Vote) -> Entry:
        """The vote as it stands on record. Who recuses themselves has not acted in the case."""
        decision, facts = vote.decision, dict[str, Any](body=vote.body)
        facts |= {"points": list(decision.points)} if decision.points else {}
        facts |= {"delegation": vote.delegation} if vote.delegation else {}
        facts |= {"acting": True} if vote.acting else {}
        return self.entry(
            f"vote {decision.verdict}",
            key=f"{decision.gate}:vote:{decision.on_behalf_of or decision.actor}",
            actor=decision.actor,
            act=None if decision.verdict is Choice.RECUSE else self._gate().act,
            role=vote.role,
            reason=decision.comment,
            content_hash=decision.content_hash,
            facts=facts,
        )
