"""Tranches: each part of a commitment is due when its condition is met, and is then a payment of its own."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.amount import Amount
    from models.base import Message
    from models.case.record import Carried
    from models.money.transfer import Transfer, TransferKind
    from models.partnership.partnership import Proposal, Stage, Standing
    from models.partnership.programme import Programme
    from models.payment.payment import PaymentStart
    from models.study.study import Award, Deliverable
    from models.study.tranche import Part, shares
    from workflows.case.detached import outliving
    from workflows.payment.payment import Payment
    from workflows.study.termination import Terminable


class StudyStart(Message):
    """The commitment that pays for the study, and whose study it is."""

    proposal: Proposal
    programme: Programme
    commitment: Amount
    """What all tranches are together."""
    reservation: str
    parts: tuple[Part, ...] = tuple(Deliverable)
    """What is still to be accepted, or paid."""
    used: dict[str, int] = Field(default_factory=dict)
    """Rounds that an earlier contract has used up, by the name of the gate."""


class Releasing(Terminable):
    """A study that pays its contractor in tranches."""

    def __init__(self, start: StudyStart) -> None:
        super().__init__(start.proposal, start.programme, Standing(stage=Stage.STUDY), Carried())
        self.start = start
        self.over: list[str] = []
        """Parts that are accepted, or due."""
        self._clocks: dict[str, tuple[datetime, asyncio.Task[None]]] = {}
        """Of each tranche that a date releases: when, and whether that has come."""

    def count_days(self) -> None:
        """Let the days run that release tranches, from the award of the contract."""
        for tranche in self.programme.study.tranches:
            if tranche.days and tranche.name in self.start.parts:
                days = timedelta(days=tranche.days)
                alarm = asyncio.create_task(workflow.sleep(days, summary=f"tranche {tranche.name}"))
                self._clocks[tranche.name] = (self.now() + days, alarm)

    async def rest(self, done: Callable[[], bool]) -> None:
        """Rest; a tranche whose day comes meanwhile is due before anything else goes on."""
        while True:
            await super().rest(lambda: done() or bool(self._come()))
            if not (come := self._come()):
                return
            for name in come:
                await self._due_by_date(name)

    def _come(self) -> list[str]:
        return [name for name, (_, alarm) in self._clocks.items() if alarm.done()]

    async def _due_by_date(self, name: str) -> None:
        at, alarm = self._clocks.pop(name)
        alarm.cancel()
        await self.pay_tranche(name, self._contract().digest(), at)

    async def release_rest(self) -> None:
        """The work is done: what only a date holds back is owed, and paid when it comes."""
        for name in list(self._clocks):
            await self._due_by_date(name)

    def stop_clocks(self) -> None:
        """The contract is over: what no date has released by now, none will."""
        for _, alarm in self._clocks.values():
            alarm.cancel()
        self._clocks.clear()

    async def pay_tranche(self, part: str, document: str, not_before: datetime | None = None) -> None:
        """Have the share of the commitment paid that ``part`` releases, if it releases one."""
        self.over.append(part)
        share = shares(self.start.commitment, self.programme.study.tranches).get(part)
        if share is None:
            return
        key, contract = f"{self.case}:study.{part}:tranche", self._contract()
        facts: dict[str, Any] = {"tranche": part, "payee": contract.contractor}
        facts |= {"from": not_before.isoformat()} if not_before else {}
        due = self._transfer(key, TransferKind.ORDER, amount=share)
        self.note("tranche due", key=key, content_hash=document, facts=facts, transfer=due)
        if self.programme.payment is None:
            paid = self._transfer(f"{key}:paid", TransferKind.PAY, resolves=key)
            self.note("tranche disbursed", key=paid.key, facts=facts, transfer=paid)
            return
        start = PaymentStart(
            proposal=self.proposal,
            programme=self.programme,
            part=part,
            payee=contract.contractor,
            amount=share,
            reservation=self.start.reservation,
            order=key,
            document=document,
            not_before=not_before,
        )
        await outliving(Payment.run, start, f"partnership/{self.case}/payment/{part}")

    def _contract(self) -> Award:
        assert self.contract
        return self.contract

    def _transfer(self, key: str, kind: TransferKind, **more: Any) -> Transfer:
        of = self.start.reservation
        return Transfer(key=key, kind=kind, fund=self.programme.sleeve, reservation=of, **more)
