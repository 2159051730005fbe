"""Claims on the open gate: taken, given back, passed on by a coordinator. They end when the gate is due."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.judge import may_decide, seat_of
    from models.case.notice import Draft
    from models.case.panel import Choice
    from models.case.record import Answer, Carried, Entry, GateKind
    from models.case.rights import Capacity, Rights
    from models.case.rule import Broken, Rule
    from models.case.seat_assignment import Claim, Claims, Reassignment, passes, taken_by_others, without
    from models.partnership.partnership import Proposal, Standing
    from models.partnership.programme import Programme
    from workflows.case.deadline import Timed


class Claiming(Timed):
    """Casework whose open gate people can claim."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self.by_signal("reassign", Reassignment, self._reassign)

    @workflow.update
    async def reassign(self, wish: Reassignment) -> Answer:
        """Claim a seat or a piece of work, give it back, or pass it on."""
        return await self._reassign(wish)

    @reassign.validator
    def _turn_away_reassignment(self, wish: Reassignment) -> None:
        self.turn_away(wish.gate)

    async def _reassign(self, wish: Reassignment) -> Answer:
        since = self.session.reassigned if self.session else 0
        heir = await self.rights_of(wish.new, wish) if wish.new and wish.new != wish.actor else None
        kept: tuple[Claim, ...] = ()

        def judge(actor: Rights) -> Broken | None:
            nonlocal kept
            kind = self.session.opening.kind if self.session else GateKind.APPROVAL
            if rule := self.misplaced(wish.gate, kind):
                return Broken(rule)
            gate = self._session().gate
            if gate and gate.attested and not actor.attested:
                return Broken(Rule.NOT_ATTESTED)
            if not wish.own and not set(actor.actor.roles) & set(self.programme.coordinators):
                return Broken(Rule.ROLE_NOT_HELD, "Other people's work is reassigned by coordinators.")
            claims = self._session().claims
            if broken := passes(claims, wish):
                return broken
            kept = without(claims, wish.old)
            claim = self._claim(wish, (heir or actor).actor, kept) if wish.new else None
            if isinstance(claim, Broken):
                return claim
            kept = (*kept, claim) if claim else kept
            return None

        def accept() -> Entry:
            self._change(claims=kept, reassigned=self._session().reassigned + 1)
            return self.entry(
                wish.action,
                key=f"{wish.gate}:claims:{self._session().reassigned}",
                actor=wish.actor,
                reason=wish.reason,
                facts={"from": wish.old, "to": wish.new},
                claims=Claims(gate=wish.gate, claims=kept),
                notices=self._told(wish),
            )

        return await self.handle(wish, judge, accept, since)

    def _claim(self, wish: Reassignment, heir: Capacity, others: tuple[Claim, ...]) -> Claim | Broken:
        """What ``heir`` takes on, or the rule that keeps them from it."""
        if not heir.organisation:
            return Broken(Rule.UNKNOWN_PERSON, f"({heir.person})")
        gate = self._session().gate
        if self._session().opening.kind is GateKind.SIGNING:
            return Broken(Rule.NO_CLAIM, "Signatures cannot be claimed.")
        if gate is None:
            broken = self.may_take(heir)
            taken = taken_by_others(others, heir.who)
            return broken or (Broken(Rule.CLAIMED) if taken else Claim(person=heir.person, who=heir.who))
        if broken := may_decide(gate, Choice.APPROVE, heir):
            return broken
        seat = seat_of(gate, heir, wish.role, others)
        if isinstance(seat, Broken):
            return seat
        return Claim(person=heir.person, who=heir.who, body=seat[0], role=seat[1])

    def _told(self, wish: Reassignment) -> tuple[Draft, ...]:
        """Tells the old and the new one what somebody else did."""
        if wish.own:
            return ()
        what = f"Gate {wish.gate}: from {wish.old or 'nobody'} to {wish.new or 'nobody'}.\n\n{wish.reason}"
        others = tuple(one for one in (wish.old, wish.new) if one and one != wish.actor)
        return (Draft(subject=f"{self.case}: reassigned", body=f"{what}\n\naccord inbox", persons=others),)

    def unclaimed(self, person: str) -> dict[str, Any]:
        """What an entry adds that uses up the claim of ``person``; nothing where there is none."""
        claims = self._session().claims
        kept = without(claims, person)
        if kept == claims:
            return {}
        self._change(claims=kept)
        return {"claims": Claims(gate=self._open_id(), claims=kept)}
