"""Sending a payment: once, whatever happens; then only asked about, until the bank has decided."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.payment.sending import Payments
    from models.case.approval import Verdict
    from models.case.duty import Act
    from models.case.effects import Tells
    from models.case.panel import Outcome
    from models.case.recall import Recalled
    from models.money.effects import Moves
    from models.money.transfer import TransferKind
    from models.payment.action import PaymentAction
    from models.payment.bank import BankSays, Instruction, Said
    from models.payment.effects import Lists
    from models.payment.letters import is_in_doubt, was_not_sent
    from models.payment.payment import PaymentState
    from workflows.case.panels import Panels
    from workflows.payment.dues import KNOWS_HOW_IT_ENDS, Dues
    from workflows.payment.hold import Holds
    from workflows.payment.reconciliation import Matching

_ONCE = RetryPolicy(maximum_attempts=1)
_PATIENTLY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(hours=4)
)
_SENDING = timedelta(seconds=15)
"""What sending may take, and how long it is before a payment whose worker died is asked about."""
_AT_THE_END = timedelta(seconds=30)
"""How long the bank is asked about a payment whose case is being ended."""
_SOONEST, _LATEST = timedelta(minutes=1), timedelta(hours=12)
"""When a payment is tried again that could not leave the house: twice as late every time."""
_SHOWN = Said(says=BankSays.SETTLED, reason="A statement of the bank shows it.")


def pause_after(attempt: int) -> timedelta:
    """How long to wait after so many attempts that did not leave the house; a bank can be away for months."""
    doubled: int = 2 ** min(attempt - 1, 10)
    return min(_SOONEST * doubled, _LATEST)


def _again_at(since: datetime, attempt: int, not_before: datetime | None) -> datetime:
    """When to try again what did not leave the house at ``since``."""
    again = since + pause_after(attempt)
    return max(again, not_before) if not_before else again


class Sending:
    """Sends a payment to the bank."""

    def __init__(self, panels: Panels, dues: Dues, holds: Holds, matching: Matching) -> None:
        self.panels = panels
        self.dues = dues
        self.holds = holds
        self.matching = matching
        self.case = dues.case
        self._doubts = 0
        """How often people were asked whether to give it up."""
        self._disagreements = 0
        """How often the bank answered about something else than it was sent."""
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
            self._note(PaymentAction.SENT, sending, PaymentState.SENT, round=round_)
            await self.case.written()
            said = await self._said(order)
            if said.says is not BankSays.NOT_SENT:
                return said
            self._not_sent(not_sent, said)
            await self._pause_until(_again_at(self.case.now(), attempt, said.not_before))
            return Said(says=BankSays.NOT_SENT)
        since, until = known[not_sent].at, known[not_sent].facts.get("not_before")
        await self._pause_until(_again_at(since, attempt, datetime.fromisoformat(until) if until else None))
        return Said(says=BankSays.NOT_SENT)

    def _not_sent(self, key: str, said: Said) -> None:
        self.dues.under_way, self._undecided = False, None
        facts = {"rule": said.rule} if said.rule else {}
        facts |= {"not_before": said.not_before.isoformat()} if said.not_before else {}
        self._note(PaymentAction.NOT_SENT, key, PaymentState.APPROVED, reason=said.reason, facts=facts)

    async def find_out(self, _: object) -> None:
        """The payment is being ended: ask once more about what the bank may have, and book what it says.

        What had not left by then never will. What nobody knows stays due.
        """
        order = self._undecided
        if order is None or not workflow.patched(KNOWS_HOW_IT_ENDS):
            return
        await self.case.written()
        try:
            said = await workflow.execute_activity_method(
                Payments.ask,
                order,
                start_to_close_timeout=_SENDING,
                schedule_to_close_timeout=_AT_THE_END,
                retry_policy=_PATIENTLY,
                summary=f"what became of {order.key}?",
            )
        except ActivityError:
            return
        if said.says is BankSays.NOT_SENT:
            self._not_sent(f"{order.key}:{order.attempt}:not-sent", said)
        elif said.says in (BankSays.SETTLED, BankSays.REJECTED):
            self._book(order, said)

    def _decided_before(self, on_record: Recalled) -> Said:
        self._doubts = on_record.facts["doubts"]
        known = {"reference": on_record.facts["reference"], "reason": on_record.reason}
        return Said(says=BankSays(on_record.facts["bank"]), **known)

    async def _pause_until(self, at: datetime) -> None:
        wait = at - self.case.now()
        if wait > timedelta():
            await self.case.until(workflow.sleep(wait, summary="the bank again"))

    def _note(self, action: PaymentAction, key: str, state: PaymentState, **more: object) -> None:
        self.case.note(action, key=key, effects=(Lists(payment=self.dues.listed(state)),), **more)

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
            start_to_close_timeout=_SENDING,
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
        while said.says in (BankSays.DOUBT, BankSays.DISAGREES, BankSays.ACCEPTED):
            said = await self._asked_people_before() or await self._asked(order, said)
            if said.says is BankSays.UNKNOWN and not await self._given_up(order):
                said = Said(says=BankSays.DOUBT, reason="It is not given up yet.")
        return said

    async def _asked_people_before(self) -> Said | None:
        """Where people were asked already whether to give it up, the bank had not known it for long."""
        opened = f"{self.case.number}:{self._doubt}:{self._doubts + 1}:opened"
        return Said(says=BankSays.UNKNOWN) if opened in await self.case.on_record(opened) else None

    @property
    def _doubt(self) -> str:
        """The name of the gate at which people say whether a payment was not made."""
        return f"study.{self.dues.start.part}-doubt"

    async def _asked(self, order: Instruction, before: Said) -> Said:
        if before.says is BankSays.DOUBT:
            self._note(
                PaymentAction.IN_DOUBT, f"{order.key}:doubt", PaymentState.IN_DOUBT, reason=before.reason
            )
            await self.case.written()
        if before.says is BankSays.DISAGREES and await self._cleared_up(order, before):
            return _SHOWN
        asking = workflow.start_activity_method(
            Payments.ask,
            order,
            start_to_close_timeout=_SENDING,
            retry_policy=_PATIENTLY,
            summary=f"what became of {order.key}?",
        )
        try:
            await self.case.rest(lambda: asking.done() or self.matching.shown is not None)
            if asking.done():
                return await asking
        finally:
            asking.cancel()  # where a statement shows it, there is nothing left to ask
        return _SHOWN

    async def _cleared_up(self, order: Instruction, before: Said) -> bool:
        """People hear that the bank disagrees, and have time to clear it up. True: a statement shows it."""
        self._disagreements += 1
        told = is_in_doubt(self.case.number, order.payment, before.reason, self.dues.followers)
        doubt = (Lists(payment=self.dues.listed(PaymentState.IN_DOUBT)), Tells(notice=told))
        key = f"{order.key}:disagrees:{self._disagreements}"
        self.case.note(PaymentAction.DISPUTED, key=key, reason=before.reason, effects=doubt)
        await self.case.written()
        pause = self.case.sleep(pause_after(self._disagreements), "the bank again")
        try:
            await self.case.rest(lambda: pause.done() or self.matching.shown is not None)
        finally:
            pause.cancel()
        return self.matching.shown is not None

    async def _given_up(self, order: Instruction) -> bool:
        """The bank has not known it for long: whoever approves payments says whether it was not made."""
        self._doubts += 1
        verdict = await self.panels.convene(
            self._doubt,
            self._doubts,
            self.case.rules.payment.approval,
            self.case.entry(PaymentAction.UNKNOWN, round=self._doubts),
            amount=self.dues.eligible.minor,
            question=f"The bank does not know {order.key}. Give it up as not made?",
            subject={"instruction": order.content(), "asked": self._doubts},
            act=Act.PAY,
        )
        return isinstance(verdict, Verdict) and verdict.outcome is Outcome.APPROVED

    def _book(self, order: Instruction, said: Said) -> None:
        """What the bank decided, with what it means for the money."""
        self._undecided = None
        self.dues.paid = said.says is BankSays.SETTLED
        self.dues.under_way = self.dues.paid
        facts = {"bank": said.says, "reference": said.reference, "doubts": self._doubts}
        facts |= {"rule": said.rule} if said.rule else {}
        known: dict[str, Any] = {"reason": said.reason, "facts": facts}
        if said.says is BankSays.SETTLED:
            paid = self.dues.listed(PaymentState.PAID, reference=said.reference)
            money = self.dues.transfer(f"{order.key}:paid", TransferKind.PAY, amount=self.dues.eligible)
            made = (Moves(transfer=money), Lists(payment=paid))
            self.case.note(PaymentAction.MADE, key=money.key, effects=made, **known)
            return
        failed = f"{order.key}:failed"
        effects = (Lists(payment=self.dues.listed(PaymentState.RETURNED)), *self._told(order, said))
        self.case.note(PaymentAction.FAILED, key=failed, effects=effects, **known)

    def _told(self, order: Instruction, said: Said) -> tuple[Tells, ...]:
        """Whom to tell that something else was to be sent than was approved."""
        if said.says is not BankSays.REFUSED:
            return ()
        roles = self.dues.followers
        return (Tells(notice=was_not_sent(self.case.number, order.payment, said.reason, roles)),)

    def bounce(self, round_: int) -> None:
        """The bank sent the money back: the payment is corrected, and the tranche due again."""
        dues = self.dues
        paid, again = f"{dues.key}:{round_}:paid", f"{dues.start.order}:{round_ + 1}"
        back = dues.transfer(f"{paid}:back", TransferKind.BOUNCE, resolves=paid)
        self.case.note(PaymentAction.CORRECTED, key=back.key, effects=(Moves(transfer=back),))
        due = dues.transfer(again, TransferKind.ORDER, resolves=None, amount=dues.eligible)
        self.case.note(PaymentAction.DUE_AGAIN, key=due.key, effects=(Moves(transfer=due),))
        dues.ordered, dues.due, dues.under_way, dues.paid = again, dues.eligible, False, False
