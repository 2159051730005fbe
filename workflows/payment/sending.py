"""Sending a payment: once, whatever happens; then only asked about, until the bank has decided."""

import asyncio
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.payment.payment import Payments
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.money.transfer import TransferKind
    from models.payment.payment import BankSays, Instruction, PaymentState, Said
    from workflows.payment.reconciliation import Reconcilable

_T = TypeVar("_T")

_ONCE = RetryPolicy(maximum_attempts=1)
_PATIENTLY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(hours=4)
)
_SENDING = timedelta(seconds=15)
"""What sending may take, and how long it is before a payment whose worker died is asked about."""
_SOONEST, _LATEST = timedelta(minutes=1), timedelta(hours=12)
"""When a payment is tried again that could not leave the house: twice as late every time."""


def pause_after(attempt: int) -> timedelta:
    """How long to wait after so many attempts that did not leave the house; a bank can be away for months."""
    doubled: int = 2 ** min(attempt - 1, 10)
    return min(_SOONEST * doubled, _LATEST)


class Sending(Reconcilable):
    """A payment that is sent to the bank."""

    async def send(self, round_: int) -> Said:
        """Send it once, and find out what the bank made of it."""
        attempt = 0
        while True:
            await self.rest(lambda: not self.held_by)
            attempt += 1
            order = self._instruction(round_, attempt)
            self.instruction = order.key
            sent = self.listed(PaymentState.SENT)
            self.under_way = True
            self.note("payment sent", key=f"{order.key}:{attempt}:sending", round=round_, payment=sent)
            await self.journal.flush()
            said = await self._said(order)
            if said.says is not BankSays.NOT_SENT:
                break
            self.under_way = False
            waiting = self.listed(PaymentState.APPROVED)
            key = f"{order.key}:{attempt}:not-sent"
            self.note("payment not sent", key=key, reason=said.reason, payment=waiting)
            later = workflow.sleep(pause_after(attempt), summary="the bank again")
            await self.resting(asyncio.create_task(later))
        self._book(order, said)
        await self.journal.flush()
        return said

    def _instruction(self, round_: int, attempt: int) -> Instruction:
        return Instruction(
            key=f"{self.start.key}:{round_}",
            attempt=attempt,
            payment=self.start.key,
            order=self.ordered,
            fund=self.programme.sleeve,
            payee=self.start.payee,
            amount=self.eligible,
            remittance=f"{self.case} {self.start.part}",
            doubt_hours=self.terms.doubt_hours,
        )

    async def _said(self, order: Instruction) -> Said:
        """The bank's decision. Whatever goes wrong in sending, it is asked, and never sent again."""
        sending = workflow.start_activity_method(
            Payments.pay,
            order,
            start_to_close_timeout=_SENDING,
            retry_policy=_ONCE,
            summary=f"send {order.key}",
        )
        try:
            said = await self.resting(sending)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise asyncio.CancelledError from error
            said = Said(says=BankSays.DOUBT, reason="Nobody knows whether it was sent.")
        while said.says in (BankSays.DOUBT, BankSays.ACCEPTED):
            said = await self._asked(order, said)
            if said.says is BankSays.UNKNOWN and not await self._given_up(order):
                said = Said(says=BankSays.DOUBT, reason="It is not given up yet.")
        return said

    async def _asked(self, order: Instruction, before: Said) -> Said:
        if before.says is BankSays.DOUBT:
            doubt = self.listed(PaymentState.IN_DOUBT)
            self.note("payment in doubt", key=f"{order.key}:doubt", reason=before.reason, payment=doubt)
            await self.journal.flush()
        asking = workflow.start_activity_method(
            Payments.ask,
            order,
            start_to_close_timeout=_SENDING,
            retry_policy=_PATIENTLY,
            summary=f"what became of {order.key}?",
        )
        await self.rest(lambda: asking.done() or self.shown is not None)
        if asking.done():
            return await asking
        asking.cancel()  # the statement shows it: there is nothing left to ask
        return Said(says=BankSays.SETTLED, reason="A statement of the bank shows it.")

    async def resting(self, task: asyncio.Task[_T]) -> _T:
        """Wait for ``task``; messages are taken and put on record meanwhile."""
        await self.rest(task.done)
        return await task

    async def _given_up(self, order: Instruction) -> bool:
        """The bank has not known it for long: whoever approves payments says whether it was not made."""
        number = sum(f"{self.start.part}-doubt" in gate for gate in self._past) + 1
        await self.convene(
            f"study.{self.start.part}-doubt",
            number,
            self.terms.approval,
            self.entry("payment unknown to the bank", round=number),
            barred=(),
            question=f"The bank does not know {order.key}. Give it up as not made?",
            subject={"instruction": order.content(), "asked": number},
            act=Act.PAY,
        )
        return await self.verdict() is Outcome.APPROVED

    def _book(self, order: Instruction, said: Said) -> None:
        """What the bank decided, with what it means for the money."""
        known = {"reason": said.reason, "facts": {"bank": said.says, "reference": said.reference}}
        if said.says is BankSays.SETTLED:
            paid = self.listed(PaymentState.PAID, reference=said.reference)
            money = self.transfer(f"{order.key}:paid", TransferKind.PAY, amount=self.eligible)
            self.note("payment made", key=money.key, transfer=money, payment=paid, **known)
            return
        failed = self.listed(PaymentState.RETURNED)
        self.note("payment failed", key=f"{order.key}:failed", payment=failed, **known)

    def bounce(self, round_: int) -> None:
        """The bank sent the money back: the payment is corrected, and the tranche due again."""
        paid, again = f"{self.start.key}:{round_}:paid", f"{self.start.order}:{round_ + 1}"
        back = self.transfer(f"{paid}:back", TransferKind.BOUNCE, resolves=paid)
        self.note("payment corrected", key=back.key, transfer=back)
        due = self.transfer(again, TransferKind.ORDER, resolves=None, amount=self.eligible)
        self.note("tranche due again", key=due.key, transfer=due)
        self.ordered, self.due = again, self.eligible
        self.under_way, self.shown, self.came_back = False, None, None
