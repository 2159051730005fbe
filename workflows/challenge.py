"""A conflict found later: a vote is struck out, and a decision that falls with it is taken again."""

from collections.abc import Callable
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.approval import Panels
    from models.approval import Gate
    from models.deadline import Stop
    from models.interest import Challenge, Conflict, Declaration
    from models.notice import Draft
    from models.panel import Outcome
    from models.partnership import GateRef, Proposal, Standing, Status
    from models.programme import Programme
    from models.record import Answer, Carried, Decided, Entry, GateKind, Session
    from models.rights import Capacity, Rights
    from models.rule import Broken, Rule
    from workflows.approval import Approving
    from workflows.casework import Ended
    from workflows.person import ask


class Challengeable(Approving):
    """Casework whose votes can be challenged, at the open gate and at those that have decided.

    While a decision is taken again, the gate that was open is suspended: its clock stands still.
    """

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self._challenged = dict(carried.challenged)
        self._struck: dict[str, list[str]] = {}
        self._fallen: list[Decided] = []
        self._suspended = ""
        self.deciding_again = False
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
            self._fallen.append(at)
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
        waiting = any(fallen.opening.id == gate_id for fallen in self._fallen)
        again = GateRef.parse(gate_id).again()
        known = waiting or again in (*self._past, self._open_id(), self._being_opened)
        return left.outcome is not Outcome.APPROVED and not known

    # -- deciding again -----------------------------------------------------------------------

    async def rest(self, done: Callable[[], bool]) -> None:
        """Rest; what falls meanwhile is decided again before anything else goes on."""
        if self.deciding_again:
            await super().rest(done)
            return
        while True:
            await super().rest(lambda: done() or bool(self._fallen))
            if not self._fallen:
                return
            await self._decide_again(self._fallen.pop(0))

    async def _decide_again(self, fallen: Decided) -> None:
        since, suspended = self.now(), self.session
        kept = self.voters, self.comments, self.outcome
        self.session, self._suspended, self.deciding_again = None, self._open_id(), True
        try:
            outcome, why = await self._sit_again(fallen)
        finally:
            self.session, self._suspended, self.deciding_again = suspended, "", False
            self.voters, self.comments, self.outcome = kept
        if outcome is not Outcome.APPROVED:
            status = Status.LAPSED if outcome is Outcome.LAPSED else Status.REJECTED
            raise Ended(status, f"{fallen.opening.id} was not confirmed. {why}".strip())
        if suspended and not suspended.stopped_at:
            await self._go_on(suspended, Stop(since=since, until=self.now()))

    async def _sit_again(self, fallen: Decided) -> tuple[Outcome, str]:
        """The same panel on the same content, without whoever has a conflict."""
        ref = GateRef.parse(GateRef.parse(fallen.opening.id).again())
        await self.convene(
            ref.name,
            ref.round,
            self.programme.panels()[ref.panel],
            self.entry("decision reopened", facts={"fallen": fallen.opening.id, "waits": self._suspended}),
            barred=fallen.gate.barred,
            question=f"Decide again: {fallen.opening.question}"[:500],
            subject=fallen.opening.subject,
            act=fallen.opening.act,
        )
        return await self.verdict(), self.comments

    async def _go_on(self, suspended: Session, stop: Stop) -> None:
        schedule = suspended.opened.schedule
        later = schedule.model_copy(update={"stops": (*schedule.stops, stop)})
        key = f"{suspended.opening.id}:resumed:{len(later.stops)}"
        self.received(await self.write(self._rescheduling("clock running again", key, later)))

    def misplaced(self, gate: str, kind: GateKind) -> Rule | None:
        """Why a message of this kind cannot go to ``gate`` now, or None."""
        return Rule.RECONSIDERED if gate == self._suspended else super().misplaced(gate, kind)

    def _seen(self, name: str) -> bool:
        suspended = self._suspended and GateRef.parse(self._suspended).name
        return name == suspended or super()._seen(name)

    def carried(self) -> Carried:
        """What the next run must know."""
        return super().carried().model_copy(update={"challenged": self._challenged})
