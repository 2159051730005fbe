"""The costs of a cohort: what the course has cost, by its account; two coordinators say the same."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.record import Entry
    from models.case.rights import Capacity, Rights
    from models.case.rule import Broken
    from models.training.action import CohortAction, CohortGate
    from models.training.cohort import Stage
    from models.training.order import Costs
    from models.training.rule import TrainingRule
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.confirmations import Confirmations
    from workflows.case.messages import Messages
    from workflows.training.budget import Budget
    from workflows.training.roster import Roster
    from workflows.training.tasks import Tasks


class Settlement:
    """Waits for the costs, and has them paid from the budget."""

    def __init__(
        self,
        case: CaseFile[CohortTerms],
        messages: Messages,
        confirmations: Confirmations,
        tasks: Tasks,
        roster: Roster,
        budget: Budget,
    ) -> None:
        self.case = case
        self.confirmations = confirmations
        self.tasks = tasks
        self.roster = roster
        self.budget = budget
        messages.takes(
            "settle_costs",
            Costs,
            self._may_settle,
            self._settle,
            since=lambda costs: confirmations.turn("costs", costs),
            restore=self._restore,
            of_case=True,
        )

    async def settle(self) -> None:
        """Wait for the costs: what was spent would be released with the rest otherwise."""
        rules = self.case.rules
        await self.tasks.done(
            CohortGate.COSTS,
            1,
            rules.costs or rules.follow_up.plan,
            self.case.entry(CohortAction.COSTS_AWAITED),
            lambda: self.budget.settled,
            question="Settle what the course has cost",
            roles=rules.coordinators,
        )

    def _may_settle(self, costs: Costs, actor: Rights) -> Broken | None:
        if broken := self.roster.may_coordinate(actor):
            return broken
        if self.roster.is_before(Stage.COMPLETED):
            return Broken(TrainingRule.NOT_NOW, "The course is not over.")
        return self.budget.may_spend(costs.amount) or self.confirmations.judge("costs", costs, actor)

    def _settle(self, costs: Costs, actor: Rights) -> Entry:
        fields: dict[str, Any] = {"actor": costs.actor, "reason": costs.reason}
        fields |= {"content_hash": costs.account, "facts": {"amount": costs.amount}}
        if self.confirmations.settle("costs", costs, actor) is None:
            key = f"{self.case.number}:costs:{costs.digest()[:12]}"
            return self.case.entry(CohortAction.COSTS_ASKED, key=key, **fields)
        self.case.follow_up(self._spend_after(costs))
        self.budget.settled = True
        return self.case.entry(CohortAction.COSTS, key=f"{self.case.number}:costs:confirmed", **fields)

    async def _spend_after(self, costs: Costs) -> None:
        await workflow.wait_condition(lambda: self.budget.committed is not None or self.case.closed)
        if self.budget.committed:
            self.budget.spend(costs.amount, content_hash=costs.account)

    def _restore(self, costs: Costs, accepted: Accepted) -> None:
        actor = Rights(actor=Capacity(person=costs.actor, who=accepted.who, organisation="", roles=()))
        if self.confirmations.settle("costs", costs, actor):
            self.budget.settled = True
            self.case.follow_up(self._spend_after(costs))
