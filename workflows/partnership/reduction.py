"""Less than was asked for: somebody on the funding panel puts a smaller amount before it; it votes anew."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.amount import Amount
    from models.case.effects import Tells
    from models.case.gate import GateKind, GateRef
    from models.case.judge import may_reduce
    from models.case.letters import is_reduced
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken
    from models.partnership.action import PartnershipAction
    from models.partnership.partnership import Stage
    from models.partnership.programme import PartnershipTerms
    from models.partnership.reduction import Reduction
    from models.partnership.rule import PartnershipRule
    from workflows.case.case import CaseFile
    from workflows.case.panels import Panels
    from workflows.partnership.proposal import Proposals


class Reductions:
    """What the funding panel grants. A decision names what was decided: another amount is other content, so
    votes given before do not count for it. The tier stays that of the amount asked for.
    """

    def __init__(self, case: CaseFile[PartnershipTerms], panels: Panels, proposals: Proposals) -> None:
        self.case = case
        self.panels = panels
        self.proposals = proposals
        self.reduced: Amount | None = None
        """What the panel commits in all, where it is less than was asked for."""
        panels.gates.messages.takes("reduce", Reduction, self._may_reduce, self._reduce)

    @property
    def granted(self) -> Amount:
        """What all deliverables together may cost."""
        return self.reduced or self.proposals.proposal.requested

    def _may_reduce(self, reduction: Reduction, actor: Rights) -> Broken | None:
        if rule := self.panels.gates.misplaced(reduction.gate, GateKind.APPROVAL):
            return Broken(rule)
        if GateRef.parse(reduction.gate).name != Stage.FUNDING:
            return Broken(PartnershipRule.NOT_LESS, "Only the funding panel commits money.")
        if broken := may_reduce(self.panels.panel(reduction.gate), reduction.content_hash, actor):
            return broken
        if reduction.amount >= self.granted.minor:
            return Broken(PartnershipRule.NOT_LESS, f"({self.granted})")
        much = self.case.rules.pays_too_much_labour(self.proposals.proposal, reduction.amount)
        return Broken(PartnershipRule.LABOUR, "The proposer revises it first.") if much else None

    def _reduce(self, reduction: Reduction, _: Rights) -> Entry:
        less = Amount(minor=reduction.amount, currency=self.granted.currency)
        before, self.reduced = self.granted, less
        panel = self.panels.panel(reduction.gate)
        voters = tuple(vote.decision.actor for vote in panel.votes)
        persons = tuple(dict.fromkeys((*self.proposals.handed_in, *voters)))
        roles = self.case.rules.coordinators
        letter = is_reduced(self.case.number, str(before), str(less), reduction.reason, roles, persons)
        self.panels.change(reduction.gate, overridden=Outcome.SUPERSEDED)
        return self.case.entry(
            PartnershipAction.REDUCTION,
            key=f"{reduction.gate}:reduction",
            actor=reduction.actor,
            act=panel.act,
            content_hash=reduction.content_hash,
            reason=reduction.reason,
            facts={"from": before.content(), "to": less.content()},
            effects=(Tells(notice=letter),),
        )
