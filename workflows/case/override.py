"""Override: two people put an outcome in the place of the panel's. Named, with a reason, listed apart."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.approval import Gate
    from models.case.judge import may_decide
    from models.case.override import Override
    from models.case.panel import Choice
    from models.case.record import Answer, Carried, Entry, GateKind
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import Proposal, Standing
    from models.partnership.programme import Programme
    from workflows.case.seat_assignment import Claiming


class Overridable(Claiming):
    """Casework whose open panel can be overridden, where the programme names who may."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self.by_signal("override", Override, self._override)

    @workflow.update
    async def override(self, override: Override) -> Answer:
        """Put an outcome in the place of the panel's: asked for by one person, confirmed by another."""
        return await self._override(override)

    @override.validator
    def _turn_away_override(self, override: Override) -> None:
        self.turn_away(override.gate)

    async def _override(self, override: Override) -> Answer:
        sender = ""

        def judge(actor: Rights) -> Broken | None:
            nonlocal sender
            sender = actor.actor.who
            if rule := self.misplaced(override.gate, GateKind.APPROVAL):
                return Broken(rule)
            return _judge(self._gate(), override, actor)

        def accept() -> Entry:
            fields: dict[str, Any] = {"actor": override.actor, "reason": override.reason}
            fields |= {"act": self._gate().act, "content_hash": override.content_hash}
            wish = self._gate().wish
            if wish is None or wish.outcome is not override.outcome:
                self._change_gate(wish=override, wished_by=sender)
                key = f"{override.gate}:override:{override.digest()[:12]}"
                return self.entry(f"override asked for: {override.outcome}", key=key, **fields)
            self._change_gate(overridden=override.outcome)
            return self.entry(
                f"overridden: {override.outcome}",
                key=f"{override.gate}:overridden",
                facts={"asked_by": wish.actor, "counts": [count.content() for count in self._gate().counts]},
                **fields,
            )

        return await self.handle(override, judge, accept)

    def _gate(self) -> Gate:
        assert self.session and self.session.gate
        return self.session.gate

    def _change_gate(self, **more: Any) -> None:
        self._change(gate=self._gate().model_copy(update=more))


def _judge(gate: Gate, override: Override, rights: Rights) -> Broken | None:
    """The rule that ``override`` breaks, or None. Who may not vote here may not override either."""
    if gate.outcome is not None:
        return Broken(Rule.STAGE_OVER)
    if override.content_hash != gate.content_hash:
        return Broken(Rule.STALE_CONTENT)
    if not set(gate.overriders) & set(rights.actor.roles):
        return Broken(
            Rule.ROLE_NOT_HELD, f"Overriding takes one of: {', '.join(gate.overriders) or 'nobody'}."
        )
    if gate.attested and not rights.attested:
        return Broken(Rule.NOT_ATTESTED)
    if broken := may_decide(gate, Choice.APPROVE, rights.actor):
        return broken
    again = gate.wish is not None and gate.wished_by == rights.actor.who
    return Broken(Rule.TWO_PEOPLE) if again else None
