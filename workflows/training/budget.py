"""The budget of a cohort: reserved when it is published, committed by a panel; the rest is released."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.amount import Amount
    from models.case.action import CaseAction
    from models.case.case import Ending
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Receipt
    from models.case.rule import Broken
    from models.money.effects import Moves
    from models.money.rule import rule_of_refusal
    from models.money.transfer import Transfer, TransferKind
    from models.training.action import CohortAction
    from models.training.cohort import Stage, Status
    from models.training.rule import TrainingRule
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.panels import Panels
    from workflows.training.plans import Plans


class Budget:
    """What a cohort holds of a fund."""

    def __init__(self, case: CaseFile[CohortTerms], panels: Panels, plans: Plans) -> None:
        self.case = case
        self.panels = panels
        self.plans = plans
        self.reservation = ""
        """Key of the reservation, while it is pending or committed."""
        self.committed: Amount | None = None
        self.settled = False
        case.at_the_end(self._unwind)

    async def commit(self) -> None:
        """Reserve the budget, have it approved, commit it. What is returned is planned and published anew."""
        while not await self._approved():
            await self.plans.publish()
        budget = self.plans.current.budget
        self.committed = budget
        post = self._transfer(f"{self.reservation}:post", TransferKind.POST, amount=budget)
        self.case.note(CohortAction.COMMITTED, key=post.key, effects=(Moves(transfer=post),))

    async def _approved(self) -> bool:
        """Whether the money is there and the panel says yes; otherwise the plan has been revised."""
        plan, round_ = self.plans.current, self.plans.round
        self.reservation = f"{self.case.number}:budget:{round_}:reserve"
        pending = self._transfer(self.reservation, TransferKind.PENDING, amount=plan.budget)
        opened = self.case.move(
            Stage.PLANNED,
            Status.OPEN,
            CohortAction.RESERVED,
            round=round_,
            effects=(Moves(transfer=pending),),
        )
        verdict = await self.panels.convene(
            "training.funding",
            round_,
            self.case.rules.funding,
            opened,
            barred=self.plans.planners,
            amount=plan.budget.minor,
            question=f"Fund the cohort with {plan.budget}",
            subject={"plan": plan.digest(), "sleeve": self.case.rules.sleeve, "amount": str(plan.budget)},
            act=Act.APPROVE,
        )
        if isinstance(verdict, Receipt):
            self.reservation = ""
            await self.plans.revise(Broken(rule_of_refusal(verdict.rule), verdict.detail).text)
            return False
        if verdict.outcome is Outcome.APPROVED:
            return True
        self._give_back(CohortAction.RELEASED, TransferKind.VOID)
        await self.plans.after_no(verdict)
        return False

    def _transfer(self, key: str, kind: TransferKind, **more: Any) -> Transfer:
        of = self.reservation or key
        return Transfer(key=key, kind=kind, fund=self.case.rules.sleeve, reservation=of, **more)

    def _give_back(self, action: str, kind: TransferKind) -> None:
        key = f"{self.case.number}:{kind}:{self.reservation}"
        self.case.note(action, key=key, effects=(Moves(transfer=self._transfer(key, kind)),))
        self.reservation = ""

    # -- costs ----------------------------------------------------------------------------------

    def spend(self, minor: int, **more: Any) -> None:
        """Pay what was spent, as the accounts show it; cohorts are paid for outside of Accord."""
        assert self.committed
        amount = Amount(minor=minor, currency=self.committed.currency)
        key = f"{self.case.number}:costs"
        self.settled = True
        due = self._transfer(key, TransferKind.ORDER, amount=amount)
        paid = self._transfer(f"{key}:paid", TransferKind.PAY, resolves=key)
        self.case.note(f"{CohortAction.COSTS}: due", key=key, effects=(Moves(transfer=due),), **more)
        self.case.note(f"{CohortAction.COSTS}: paid", key=paid.key, effects=(Moves(transfer=paid),))

    def may_spend(self, minor: int) -> Broken | None:
        """Why so much cannot be spent, or None."""
        if self.committed is None or self.settled:
            return Broken(TrainingRule.COSTS)
        enough = minor <= self.committed.minor
        return None if enough else Broken(TrainingRule.COSTS, f"({self.committed})")

    # -- the end --------------------------------------------------------------------------------

    def _unwind(self, _: Ending) -> None:
        """Block new money, and give back what is not spent."""
        if not self.reservation:
            return
        self.case.note(CaseAction.MONEY_BLOCKED)
        kind = TransferKind.DECOMMIT if self.committed else TransferKind.VOID
        self._give_back(CohortAction.RELEASED, kind)
