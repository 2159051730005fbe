"""Less than was asked for: somebody on the funding panel puts a smaller amount before it; it votes anew."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.amount import Amount
    from models.case.judge import may_reduce
    from models.case.notice import Draft
    from models.case.panel import Outcome
    from models.case.record import Answer, Carried, Entry, GateKind
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import GateRef, Proposal, Stage, Standing
    from models.partnership.programme import Programme
    from models.partnership.reduction import Reduction
    from workflows.money.waitlist import Queued


class Reducible(Queued):
    """A case whose funding panel can commit less. A decision names what was decided: another amount is other
    content, so votes given before do not count for it. The tier stays that of the amount asked for.
    """

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self.reduced: Amount | None = None
        """What the panel commits in all, where it is less than was asked for."""
        self.by_signal("reduce", Reduction, self._reduce)

    @property
    def granted(self) -> Amount:
        """What all deliverables together may cost."""
        return self.reduced or self.proposal.requested

    @workflow.update
    async def reduce(self, reduction: Reduction) -> Answer:
        """Put a smaller amount before the open funding panel."""
        return await self._reduce(reduction)

    @reduce.validator
    def _turn_away_reduction(self, reduction: Reduction) -> None:
        self.turn_away(reduction.gate)

    async def _reduce(self, reduction: Reduction) -> Answer:
        less = Amount(minor=reduction.amount, currency=self.proposal.requested.currency)

        def judge(actor: Rights) -> Broken | None:
            if rule := self.misplaced(reduction.gate, GateKind.APPROVAL):
                return Broken(rule)
            if GateRef.parse(reduction.gate).name != Stage.FUNDING:
                return Broken(Rule.NOT_LESS, "Only the funding panel commits money.")
            if broken := may_reduce(self._gate(), reduction.content_hash, actor):
                return broken
            if less.minor >= self.granted.minor:
                return Broken(Rule.NOT_LESS, f"({self.granted})")
            much = self.programme.pays_too_much_labour(self.proposal, less.minor)
            return Broken(Rule.LABOUR, "The proposer revises it first.") if much else None

        def accept() -> Entry:
            before, self.reduced = self.granted, less
            voters = tuple(vote.decision.actor for vote in self._gate().votes)
            self._change_gate(overridden=Outcome.SUPERSEDED)
            return self.entry(
                "reduction",
                key=f"{reduction.gate}:reduction",
                actor=reduction.actor,
                act=self._gate().act,
                content_hash=reduction.content_hash,
                reason=reduction.reason,
                facts={"from": before.content(), "to": less.content()},
                notices=(self._tell(before, less, reduction, voters),),
            )

        return await self.handle(reduction, judge, accept)

    def _tell(self, before: Amount, less: Amount, said: Reduction, voters: tuple[str, ...]) -> Draft:
        """For who asked for the money, and for who voted on what is no longer on the table."""
        return Draft(
            subject=f"{self.case}: {less} instead of {before}",
            body=f"{said.reason}\n\nThe panel votes on {less}; votes given before do not count for it."
            f"\n\naccord show {self.case}",
            roles=self.programme.coordinators,
            persons=tuple(dict.fromkeys((*self.handed_in, *voters))),
        )
