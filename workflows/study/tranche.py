"""Tranches: each part of a commitment is due when its condition is met, and is then a payment of its own."""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.case import Case
    from models.money.effects import Moves
    from models.money.transfer import Transfer, TransferKind
    from models.payment.payment import PaymentStart
    from models.study.action import StudyAction
    from models.study.study import Award, StudyStart
    from models.study.terms import StudyRules
    from models.study.tranche import shares
    from workflows.case.case import CaseFile
    from workflows.case.children import detached


class Tranches:
    """Has the contractor paid in tranches."""

    def __init__(self, case: CaseFile[StudyRules], start: StudyStart) -> None:
        self.case = case
        self.start = start
        self.over: list[str] = []
        """Parts that are accepted, or due."""
        self._at: dict[str, datetime] = {}
        """When a date releases a tranche, of those whose date is still to come."""

    def count_days(self, contract: Award, awarded_at: datetime) -> None:
        """Let the days run that release tranches, from the award of the contract."""
        for tranche in self.case.rules.study.tranches:
            if tranche.days and tranche.name in self.start.parts:
                at = awarded_at + timedelta(days=tranche.days)
                self._at[tranche.name] = at
                self.case.alongside(self._pay_on(tranche.name, contract, at))

    async def _pay_on(self, name: str, contract: Award, at: datetime) -> None:
        """Have a tranche paid when its day comes, whatever else is going on."""
        timer = workflow.sleep(max(at - self.case.now(), timedelta()), summary=f"tranche {name}")
        await self.case.until(timer)
        if name in self._at:
            await self._due_by_date(name, contract)

    async def _due_by_date(self, name: str, contract: Award) -> None:
        await self.pay(name, contract, contract.digest(), self._at.pop(name))

    async def release_rest(self, contract: Award) -> None:
        """The work is done: what only a date holds back is owed, and paid when it comes."""
        for name in list(self._at):
            await self._due_by_date(name, contract)

    def stop_clocks(self) -> None:
        """The contract is over: what no date has released by now, none will."""
        self._at.clear()

    async def pay(
        self, part: str, contract: Award, document: str, not_before: datetime | None = None
    ) -> None:
        """Have the share of the commitment paid that ``part`` releases, if it releases one."""
        self.over.append(part)
        share = shares(self.start.commitment, self.case.rules.study.tranches).get(part)
        if share is None:
            return
        key = f"{self.case.number}:study.{part}:tranche"
        facts: dict[str, Any] = {"tranche": part, "payee": contract.payee}
        facts |= {"from": not_before.isoformat()} if not_before else {}
        due = self._transfer(key, TransferKind.ORDER, amount=share)
        self.case.note(
            StudyAction.TRANCHE_DUE,
            key=key,
            content_hash=document,
            facts=facts,
            effects=(Moves(transfer=due),),
        )
        if self.case.rules.payment is None:
            paid = self._transfer(f"{key}:paid", TransferKind.PAY, resolves=key)
            self.case.note(
                StudyAction.TRANCHE_PAID, key=paid.key, facts=facts, effects=(Moves(transfer=paid),)
            )
            return
        start = PaymentStart(
            case=self._payment(part),
            part=part,
            payee=contract.payee,
            amount=share,
            reservation=self.start.reservation,
            order=key,
            document=document,
            not_before=not_before,
        )
        await detached("payment", start, f"payment/{part}")

    def _payment(self, part: str) -> Case:
        """The payment, as a part of the case at the top: it goes on when the study is over."""
        return self.case.case.part("payment", f"payment/{part}")

    def _transfer(self, key: str, kind: TransferKind, **more: Any) -> Transfer:
        of = self.start.reservation
        return Transfer(key=key, kind=kind, fund=self.case.rules.sleeve, reservation=of, **more)
