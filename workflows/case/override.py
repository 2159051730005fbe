"""Override: two people put an outcome in the place of the panel's. Named, with a reason, listed apart."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.gate import GateKind
    from models.case.judge import may_override
    from models.case.override import Override
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken
    from workflows.case.confirmations import Confirmations
    from workflows.case.panels import Panels


class Overrides:
    """Lets an open panel be overridden, where the programme names who may."""

    def __init__(self, panels: Panels, confirmations: Confirmations) -> None:
        self.panels = panels
        self.confirmations = confirmations
        panels.gates.messages.takes(
            "override",
            Override,
            self._may_override,
            self._override,
            since=lambda override: confirmations.turn(f"{override.gate}:override", override),
        )

    def _may_override(self, override: Override, actor: Rights) -> Broken | None:
        if rule := self.panels.gates.misplaced(override.gate, GateKind.APPROVAL):
            return Broken(rule)
        panel = self.panels.panel(override.gate)
        broken = may_override(panel, override.content_hash, actor)
        return broken or self.confirmations.judge(f"{override.gate}:override", override, actor)

    def _override(self, override: Override, actor: Rights) -> Entry:
        panel, case = self.panels.panel(override.gate), self.panels.gates.case
        fields: dict[str, Any] = {"actor": override.actor, "reason": override.reason}
        fields |= {"act": panel.act, "content_hash": override.content_hash}
        asked = self.confirmations.settle(f"{override.gate}:override", override, actor)
        if asked is None:
            key = f"{override.gate}:override:{override.digest()[:12]}"
            return case.entry(f"override asked for: {override.outcome}", key=key, **fields)
        self.panels.change(override.gate, overridden=override.outcome)
        return case.entry(
            f"overridden: {override.outcome}",
            key=f"{override.gate}:overridden",
            facts={"asked_by": asked.actor, "counts": [count.content() for count in panel.counts]},
            **fields,
        )
