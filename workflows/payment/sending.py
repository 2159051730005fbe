"""Sending a payment: once, whatever happens; then only asked about, until the bank has decided."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.payment.sending import BANK_QUEUE, Payments
    from models.case.recall import Recalled
    from models.payment.action import PaymentAction
    from models.payment.bank import BankSays, Instruction, Said
    from models.payment.payment import PaymentState
    from workflows.case.panels import Panels
    from workflows.payment.asking import Asking
    from workflows.payment.booking import Booking
    from workflows.payment.dues import KNOWS_HOW_IT_ENDS, Dues
    from workflows.payment.hold import Holds
    from workflows.payment.pauses import SENDING, again_at
    from workflows.payment.reconciliation import Matching

_ONCE = RetryPolicy(maximum_attempts=1)


class Sending:
    """Sends a payment to the bank."""

    def __init__(self, panels: Panels, dues: Dues, holds: Holds, matching: Matching) -> None:
        self.dues = dues
        self.holds = holds
        self.matching = matching
        self.case = dues.case
        self.booking = Booking(dues)
        self.asking = Asking(panels, self.booking, matching)
        self._undecided: Instruction | None = None
        """What the bank has, or may have, and has not been heard to decide on."""

    async def send(self, round_: int) -> None:
        """Send it once, and find out what the bank made of it; what the record has of that stands."""
        attempt = 1
        while (said := await self._attempt(round_, attempt)).says is BankSays.NOT_SENT:
            attempt += 1
        self._book(self._instruction(round_, attempt), said)
        await self.case.written()

    async def _attempt(self, round_: int, attempt: int) -> Said:
        """Try to send it; where nothing left the house, wait until it is time to try again."""
        order = self._instruction(round_, attempt)
        sending, not_sent = f"{order.key}:{attempt}:sending", f"{order.key}:{attempt}:not-sent"
        known = await self.case.on_record(f"{order.key}:paid", f"{order.key}:failed", sending, not_sent)
        self.matching.instruction = order.key
        if decided := known.get(f"{order.key}:paid") or known.get(f"{order.key}:failed"):
            self.dues.under_way = True
            self.matching.sent_at = known[sending].at if sending in known else None
            return self._decided_before(decided)
        if not_sent not in known:
            if sending in known:
                self.matching.sent_at = known[sending].at
            else:
                await self.case.rest(lambda: not self.holds.by)
                self.matching.sent_at = self.case.now()
            self.dues.under_way, self._undecided = True, order
            self.booking.note(PaymentAction.SENT, sending, PaymentState.SENT, round=round_)
            await self.case.written()
            said = await self._said(order)
            if said.says is not BankSays.NOT_SENT:
                return said
            self._not_sent(not_sent, said)
            await self._pause_until(again_at(self.case.now(), attempt, said.not_before))
            return Said(says=BankSays.NOT_SENT)
        since, until = known[not_sent].at, known[not_sent].facts.get("not_before")
        await self._pause_until(again_at(since, attempt, datetime.fromisoformat(until) if until else None))
        return Said(says=BankSays.NOT_SENT)

    async def find_out(self, _: object) -> None:
        """The payment is being ended: ask once more about what the bank may have, and book what it says.

        What had not left by then never will. What nobody knows stays due.
        """
        order = self._undecided
        if order is None or not workflow.patched(KNOWS_HOW_IT_ENDS):
            return
        await self.case.written()
        said = await self.asking.once_more(order)
        if said and said.says is BankSays.NOT_SENT:
            self._not_sent(f"{order.key}:{order.attempt}:not-sent", said)
        elif said and said.says in (BankSays.SETTLED, BankSays.REJECTED):
            self._book(order, said)

    def _book(self, order: Instruction, said: Said) -> None:
        self._undecided = None
        self.booking.decided(order, said, self.asking.doubts)

    def _not_sent(self, key: str, said: Said) -> None:
        self._undecided = None
        self.booking.not_sent(key, said)

    def _decided_before(self, on_record: Recalled) -> Said:
        self.asking.doubts = on_record.facts["doubts"]
        known = {"reference": on_record.facts["reference"], "reason": on_record.reason}
        return Said(says=BankSays(on_record.facts["bank"]), **known)

    async def _pause_until(self, at: datetime) -> None:
        wait = at - self.case.now()
        if wait > timedelta():
            await self.case.until(workflow.sleep(wait, summary="the bank again"))

    def _instruction(self, round_: int, attempt: int) -> Instruction:
        dues = self.dues
        return Instruction(
            key=f"{dues.key}:{round_}",
            attempt=attempt,
            payment=dues.key,
            order=dues.ordered,
            fund=self.case.rules.sleeve,
            payee=dues.start.payee,
            amount=dues.eligible,
            remittance=f"{self.case.number} {dues.start.part}",
            doubt_hours=self.case.rules.payment.doubt_hours,
        )

    async def _said(self, order: Instruction) -> Said:
        """The bank's decision. Whatever goes wrong in sending, it is asked, and never sent again."""
        sending = workflow.start_activity_method(
            Payments.pay,
            order,
            task_queue=BANK_QUEUE,
            start_to_close_timeout=SENDING,
            retry_policy=_ONCE,
            summary=f"send {order.key}",
        )
        try:
            with self.case.busy():
                said = await self.case.until(sending)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise asyncio.CancelledError from error
            said = Said(says=BankSays.DOUBT, reason="Nobody knows whether it was sent.")
        return await self.asking.decided(order, said)
