"""Approval: a panel is convened, votes, and comes to a verdict; its deadline has the last word."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.acknowledgement import AcknowledgementStart
    from models.case.approval import Decision, Gate, Verdict, Vote
    from models.case.deadline import Consequence
    from models.case.gate import Decided, GateKind, OpenGate, Opening, in_session, recorded_vote
    from models.case.judge import judge
    from models.case.panel import Choice, Outcome
    from models.case.record import Entry, Receipt
    from models.case.rights import Rights
    from models.case.rule import Broken
    from models.case.terms import GateTerms
    from workflows.case.children import detached
    from workflows.case.gates import Gates
    from workflows.case.seat_assignment import SeatAssignmentPart

_UNDECIDED = {Consequence.LAPSE: Outcome.LAPSED, Consequence.RETURN: Outcome.RETURNED}


class Panels:
    """The panels of a case: whoever has a seat on an open one may send a decision."""

    def __init__(self, gates: Gates, seats: SeatAssignmentPart) -> None:
        self.gates = gates
        self.seats = seats
        self.closed: dict[str, Decided] = {}
        """Panels that have decided, with the votes that still count."""
        gates.in_session(self._in_session)
        gates.messages.takes("decide", Decision, self._may_decide, self._decide, restore=self._restore)

    async def convene(
        self, name: str, round_: int, terms: GateTerms, entry: Entry, **more: Any
    ) -> Verdict | Receipt:
        """Open a gate for the panel of ``terms``, and its verdict; or the receipt of a refused opening."""
        opening = self.opening(name, round_, terms, **more)
        if refused := await self.gates.open(opening, entry):
            return refused
        return await self.verdict(opening.id)

    def opening(
        self, name: str, round_: int, terms: GateTerms, *, amount: int | None = None, **more: Any
    ) -> Opening:
        """The gate of a panel; ``barred`` have no vote there, and the amount says which tier decides."""
        panel = terms.panel_for(amount or 0)
        return self.gates.opening(
            GateKind.APPROVAL,
            name,
            round_,
            roles=panel.roles,
            panel=panel,
            declared=terms.declared,
            attested=terms.attested,
            amount=amount,
            terms=terms.deadline,
            **more,
        )

    async def verdict(self, gate_id: str) -> Verdict:
        """What the panel in session decides; its gate is closed with that."""
        consequence = await self.gates.settle(gate_id, lambda: self.panel(gate_id).outcome is not None)
        panel = self.panel(gate_id)
        outcome = _UNDECIDED[consequence] if consequence else panel.outcome
        assert outcome
        verdict = Verdict(outcome, panel.votes, panel.counts)
        opening = self.gates.open_now[gate_id].opening
        self.closed[gate_id] = Decided(opening=opening, panel=panel, outcome=outcome)
        self.gates.close(
            gate_id,
            outcome,
            facts={
                "votes": [_in_short(vote) for vote in panel.votes],
                "counts": [count.content() for count in panel.counts],
            },
        )
        return verdict

    def panel(self, gate_id: str) -> Gate:
        """The panel in session at an open gate."""
        panel = self.gates.open_now[gate_id].panel
        assert panel
        return panel

    def change(self, gate_id: str, **more: Any) -> None:
        """Change what is known of a panel in session."""
        self.gates.change(gate_id, panel=self.panel(gate_id).model_copy(update=more))

    def _in_session(self, gate: OpenGate) -> OpenGate:
        """Call the panel of a gate that was just opened to order."""
        if gate.opening.panel is None:
            return gate
        return gate.model_copy(update={"panel": in_session(gate.opening, self.gates.case.rules)})

    # -- votes --------------------------------------------------------------------------------

    def _may_decide(self, decision: Decision, actor: Rights) -> Broken | None:
        vote = self._judged(decision, actor)
        return vote if isinstance(vote, Broken) else None

    def _judged(self, decision: Decision, actor: Rights) -> Vote | Broken:
        if rule := self.gates.misplaced(decision.gate, GateKind.APPROVAL):
            return Broken(rule)
        assigned = self.gates.open_now[decision.gate].assigned
        return judge(self.panel(decision.gate), decision, actor, assigned)

    def _decide(self, decision: Decision, actor: Rights) -> Entry:
        vote = self._judged(decision, actor)
        assert not isinstance(vote, Broken), "judged before it is counted"
        self._count(decision.gate, vote)
        entry = self._entry(vote, decision).with_effects(
            *self.seats.use_up(decision.gate, decision.on_behalf_of or decision.actor)
        )
        if vote.acting:
            self.gates.case.follow_up(self._report_recorded(vote, entry.key))
        return entry

    async def _report_recorded(self, vote: Vote, key: str) -> None:
        receipt: Receipt = await self.gates.case.journal.receipt(key)
        await self._report(vote, receipt.seq)

    def _count(self, gate_id: str, vote: Vote) -> None:
        self.gates.change(gate_id, panel=self.panel(gate_id).with_vote(vote))

    def _restore(self, decision: Decision, accepted: Accepted) -> None:
        """Count a vote that the record has."""
        vote = recorded_vote(decision, accepted)
        self._count(decision.gate, vote)
        if vote.acting:
            self.gates.case.follow_up(self._report(vote, accepted.seq))

    def _entry(self, vote: Vote, decision: Decision) -> Entry:
        """The vote as it stands on record. Who recuses themselves has not acted in the case."""
        facts: dict[str, Any] = {"body": vote.body, "who": list(vote.who)}
        facts |= {"points": list(decision.points)} if decision.points else {}
        facts |= {"delegation": vote.delegation} if vote.delegation else {}
        facts |= {"acting": True} if vote.acting else {}
        return self.gates.case.entry(
            f"vote {decision.verdict}",
            key=f"{decision.gate}:vote:{decision.on_behalf_of or decision.actor}",
            actor=decision.actor,
            act=None if decision.verdict is Choice.RECUSE else self.panel(decision.gate).act,
            role=vote.role,
            reason=decision.comment,
            content_hash=decision.content_hash,
            facts=facts,
        )

    async def _report(self, vote: Vote, seq: int) -> None:
        """Have the vote of a deputy reported to whom it was cast for: a life of its own, started once."""
        decision, case = vote.decision, self.gates.case
        assert decision.on_behalf_of
        start = AcknowledgementStart(
            case=case.case.part("acknowledgement", f"report/{seq}"),
            stage=case.standing.stage,
            vote=decision.gate,
            record=seq,
            verdict=decision.verdict,
            deputy=decision.actor,
            absent=decision.on_behalf_of,
        )
        await detached("report", start, f"report/{seq}")


def _in_short(vote: Vote) -> dict[str, Any]:
    """A vote in the closing entry: what was said with it is in its own."""
    said = vote.decision
    return {"actor": said.actor, "verdict": said.verdict, "body": vote.body, "role": vote.role}
