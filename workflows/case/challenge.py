"""A conflict found later: two people say whose vote it was, and it is struck out."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case.approval import Panels
    from models.case.approval import Gate
    from models.case.conflict_of_interest import Challenge, Conflict, Declaration
    from models.case.notice import Draft
    from models.case.panel import Outcome
    from models.case.record import Answer, Carried, Decided, Entry, GateKind
    from models.case.rights import Capacity, Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import GateRef, Proposal, Standing
    from models.partnership.programme import Programme
    from workflows.case.reopening import DecidingAgain
    from workflows.case.rights import ask


class Challengeable(DecidingAgain):
    """Casework whose votes can be challenged, at the open gate and at those that have decided."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self._challenged = dict(carried.challenged)
        self._struck: dict[str, list[str]] = {}
        self.by_signal("challenge", Challenge, self._challenge)

    @workflow.update
    async def challenge(self, challenge: Challenge) -> Answer:
        """Say that somebody voted in spite of a conflict: said by one person, confirmed by another."""
        return await self._challenge(challenge)

    @challenge.validator
    def _turn_away_challenge(self, challenge: Challenge) -> None:
        self.turn_away(challenge.gate)

    async def _challenge(self, challenge: Challenge) -> Answer:
        whose = (await self.rights_of(challenge.person, challenge)).actor
        found = (await ask(Panels.decided, challenge, f"votes at {challenge.gate}")).decided
        case, at, sender = f"{challenge.gate}:{whose.who}", found, ""

        def judge(actor: Rights) -> Broken | None:
            nonlocal at, sender
            at, sender = self._as_it_is(challenge.gate, found), actor.actor.who
            if at is None:
                return Broken(self.misplaced(challenge.gate, GateKind.APPROVAL) or Rule.STAGE_OVER)
            if at.gate.attested and not actor.attested:
                return Broken(Rule.NOT_ATTESTED)
            if not self._may_challenge(actor, whose):
                return Broken(Rule.ROLE_NOT_HELD)
            if not at.gate.counts_vote_of(whose.who):
                return Broken(Rule.NO_VOTE, f"({challenge.person})")
            return Broken(Rule.TWO_PEOPLE) if self._challenged.get(case) == sender else None

        def accept() -> Entry:
            assert at
            fields: dict[str, Any] = {"actor": challenge.actor, "reason": challenge.reason}
            if case not in self._challenged:
                self._challenged[case] = sender
                key = f"{challenge.gate}:challenged:{challenge.digest()[:12]}"
                return self.entry("challenged", key=key, facts={"person": challenge.person}, **fields)
            del self._challenged[case]
            return self._strike(challenge, whose.who, at, fields)

        return await self.handle(challenge, judge, accept)

    def _may_challenge(self, actor: Rights, whose: Capacity) -> bool:
        """Coordinators, those who may override, and whose vote it is."""
        roles = {*self.programme.coordinators, *self.programme.overriders}
        return actor.actor.who == whose.who or bool(roles & set(actor.actor.roles))

    def _as_it_is(self, gate_id: str, found: Decided | None) -> Decided | None:
        """A gate as it is now: the open one is known here, a closed one changes by strikes alone."""
        if self.session and self.session.gate and self._open_id() == gate_id:
            return Decided(opening=self.session.opening, gate=self.session.gate)
        if found is None or found.outcome is None:
            return None
        gate = found.gate
        for who in self._struck.get(gate_id, ()):
            gate = gate.without(who)
        return found.model_copy(update={"gate": gate})

    def _strike(self, challenge: Challenge, who: str, at: Decided, fields: dict[str, Any]) -> Entry:
        left = at.gate.without(who)
        falls = at.outcome == Outcome.APPROVED and not at.superseded and self._falls(challenge.gate, left)
        if at.outcome is None:
            self._change_gate(votes=left.votes)
        else:
            self._struck.setdefault(challenge.gate, []).append(who)
        if falls:
            self.fallen.append(at)
        conflict = Declaration(
            case=self.case, actor=challenge.person, conflict=Conflict.HARD, note=challenge.reason
        )
        counts = [count.content() for count in left.counts]
        told = f"{challenge.reason}\n\n{'The panel decides again.' if falls else 'The outcome stands.'}"
        return self.entry(
            "struck",
            key=f"{challenge.gate}:struck:{challenge.person}",
            facts={"person": challenge.person, "who": who, "counts": counts, "falls": falls},
            declares=conflict,
            notices=(
                Draft(
                    subject=f"{self.case}: a vote at {challenge.gate} was struck out",
                    body=f"{told}\n\naccord history {self.case}",
                    roles=at.opening.roles,
                    persons=(challenge.person,),
                ),
            ),
            **fields,
        )

    def _falls(self, gate_id: str, left: Gate) -> bool:
        """Whether the approval does not stand without the vote, and is not being taken again already."""
        waiting = any(fallen.opening.id == gate_id for fallen in self.fallen)
        again = GateRef.parse(gate_id).again()
        known = waiting or again in (*self._past, self._open_id(), self._being_opened)
        return left.outcome is not Outcome.APPROVED and not known

    def carried(self) -> Carried:
        """What the next run must know."""
        return super().carried().model_copy(update={"challenged": self._challenged})
