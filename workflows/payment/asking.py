"""What became of a payment that the bank has, or may have: asked until it has decided, never sent again."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.payment.sending import BANK_QUEUE, Payments
    from models.case.approval import Verdict
    from models.case.duty import Act
    from models.case.effects import Tells
    from models.case.panel import Outcome
    from models.payment.action import PaymentAction
    from models.payment.bank import BankSays, Instruction, Said
    from models.payment.effects import Lists
    from models.payment.letters import is_in_doubt
    from models.payment.payment import PaymentState
    from workflows.case.panels import Panels
    from workflows.payment.booking import Booking
    from workflows.payment.pauses import PATIENTLY, SENDING, pause_after
    from workflows.payment.reconciliation import Matching

_AT_THE_END = timedelta(seconds=30)
"""How long the bank is asked about a payment whose case is being ended."""
_SHOWN = Said(says=BankSays.SETTLED, reason="A statement of the bank shows it.")


class Asking:
    """Asks the bank, its statements, and in the end people."""

    def __init__(self, panels: Panels, booking: Booking, matching: Matching) -> None:
        self.panels = panels
        self.booking = booking
        self.matching = matching
        self.dues = booking.dues
        self.case = booking.case
        self.doubts = 0
        """How often people were asked whether to give it up."""
        self._disagreements = 0
        """How often the bank answered about something else than it was sent."""

    async def decided(self, order: Instruction, said: Said) -> Said:
        """What the bank decides in the end on what it has, or may have."""
        while said.says in (BankSays.DOUBT, BankSays.DISAGREES, BankSays.ACCEPTED):
            said = await self._asked_people_before() or await self._asked(order, said)
            if said.says is BankSays.UNKNOWN and not await self._given_up(order):
                said = Said(says=BankSays.DOUBT, reason="It is not given up yet.")
        return said

    async def once_more(self, order: Instruction) -> Said | None:
        """What the bank says in half a minute, where nobody can wait for longer; None: nothing."""
        try:
            return await workflow.execute_activity_method(
                Payments.ask,
                order,
                task_queue=BANK_QUEUE,
                start_to_close_timeout=SENDING,
                schedule_to_close_timeout=_AT_THE_END,
                retry_policy=PATIENTLY,
                summary=f"what became of {order.key}?",
            )
        except ActivityError:
            return None

    async def _asked_people_before(self) -> Said | None:
        """Where people were asked already whether to give it up, the bank had not known it for long."""
        opened = f"{self.case.number}:{self._doubt}:{self.doubts + 1}:opened"
        return Said(says=BankSays.UNKNOWN) if opened in await self.case.on_record(opened) else None

    @property
    def _doubt(self) -> str:
        """The name of the gate at which people say whether a payment was not made."""
        return f"study.{self.dues.start.part}-doubt"

    async def _asked(self, order: Instruction, before: Said) -> Said:
        if before.says is BankSays.DOUBT:
            doubt = f"{order.key}:doubt"
            self.booking.note(PaymentAction.IN_DOUBT, doubt, PaymentState.IN_DOUBT, reason=before.reason)
            await self.case.written()
        if before.says is BankSays.DISAGREES and await self._cleared_up(order, before):
            return _SHOWN
        asking = workflow.start_activity_method(
            Payments.ask,
            order,
            task_queue=BANK_QUEUE,
            start_to_close_timeout=SENDING,
            retry_policy=PATIENTLY,
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
        self.doubts += 1
        verdict = await self.panels.convene(
            self._doubt,
            self.doubts,
            self.case.rules.payment.approval,
            self.case.entry(PaymentAction.UNKNOWN, round=self.doubts),
            amount=self.dues.eligible.minor,
            question=f"The bank does not know {order.key}. Give it up as not made?",
            subject={"instruction": order.content(), "asked": self.doubts},
            act=Act.PAY,
        )
        return isinstance(verdict, Verdict) and verdict.outcome is Outcome.APPROVED
