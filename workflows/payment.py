"""A payment: asked for, approved by two or more, sent once, followed until the bank's statement shows it."""

import asyncio
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.payment import Payments
    from models.amount import Amount
    from models.duty import Act
    from models.panel import Outcome
    from models.partnership import Stage, Standing, Status
    from models.payment import (
        BankSays,
        Instruction,
        PaymentRequest,
        PaymentStart,
        PaymentState,
        PaymentUpdate,
        Said,
    )
    from models.record import Answer, Carried, Entry, GateKind
    from models.rights import Rights
    from models.rule import Broken, Rule
    from models.transfer import Transfer, TransferKind
    from workflows.casework import Ended
    from workflows.statement import Reconcilable

_T = TypeVar("_T")

_ONCE = RetryPolicy(maximum_attempts=1)
_PATIENTLY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(hours=4)
)
_SENDING = timedelta(seconds=15)
"""What sending may take, and how long it is before a payment whose worker died is asked about."""
_SOONEST, _LATEST = timedelta(minutes=1), timedelta(hours=4)
"""When a payment is tried again that could not leave the house: twice as late every time."""


@workflow.defn(name="payment")
class Payment(Reconcilable):
    """Carries one payment. It outlives the case: accepted work is paid."""

    @workflow.init
    def __init__(self, start: PaymentStart) -> None:
        super().__init__(start.proposal, start.programme, Standing(stage=Stage.STUDY), Carried())
        assert start.programme.payment
        self.start, self.terms = start, start.programme.payment
        self.eligible = start.amount
        self.ordered = start.order
        self.request: PaymentRequest | None = None
        self.by_signal("request_payment", PaymentRequest, self._request_payment)

    @property
    def amount(self) -> int:
        """What is to be paid, in minor units."""
        return self.eligible.minor

    def sum(self) -> Amount:
        """What went out."""
        return self.eligible

    @workflow.run
    async def run(self, start: PaymentStart) -> PaymentState:
        """Until it is reconciled with a statement, or was never paid. Returns how it ended."""
        try:
            end = await self.settle()
        except Ended as ended:
            end = self.give_up(PaymentState.CANCELLED, ended.ending.reason)
        except asyncio.CancelledError:
            if self.session:
                self.close("stopped")
            self.give_up(PaymentState.CANCELLED, "The payment was stopped by an operator.")
            await self.finish()
            raise
        await self.finish()
        return end

    async def settle(self) -> PaymentState:
        """Ask, approve, send; again, while rounds are left, when approvers or the bank return it."""
        for round_ in range(1, self.terms.request.rounds + 1):
            request = await self._requested(round_)
            if not await self._approved(round_, request):
                continue
            match (await self._sent(round_)).says:
                case BankSays.SETTLED:
                    if await self.reconciled():
                        return PaymentState.RECONCILED
                    self._came_back(round_)
                case BankSays.REJECTED | BankSays.UNKNOWN:
                    self.under_way = False
        return self.give_up(PaymentState.FAILED, Rule.ROUNDS_USED_UP.text)

    async def _requested(self, round_: int) -> PaymentRequest:
        """Wait for the invoice."""
        self.request, self.eligible = None, self.start.amount
        terms = self.terms.request
        opening = self.opening(
            GateKind.REQUEST,
            f"study.{self.start.part}-request",
            round_,
            question=f"Request the payment of {self.start.amount} to {self.start.payee}"[:500],
            roles=terms.roles,
            amount=self.start.amount.minor,
            subject={"payment": self.start.key, "amount": self.start.amount.content()}
            | {"document": self.start.document, "payee": self.start.payee},
            terms=terms.deadline,
            act=Act.REQUEST,
        )
        due = self.listed(PaymentState.DUE, gate=opening.id, amount=self.start.amount)
        due = due.model_copy(update=self._identity()) if round_ == 1 else due
        await self.open(opening, self.entry("payment awaited", payment=due))
        if await self.sit(lambda: self.request is not None):
            self.close("lapsed")
            raise Ended(Status.LAPSED, "No payment was requested in time.")
        self.close("done")
        request: PaymentRequest | None = self.request
        assert request
        return request

    def _identity(self) -> dict[str, Any]:
        start = self.start
        known = {"fund": self.programme.sleeve, "reservation": start.reservation}
        return known | {"payee": start.payee, "held": ""}

    async def _approved(self, round_: int, request: PaymentRequest) -> bool:
        """Four eyes or more, none of them the requester's."""
        name = f"study.{self.start.part}-payment"
        requested = self.listed(
            PaymentState.REQUESTED,
            gate=f"{self.case}:{name}:{round_}",
            amount=self.eligible,
            invoice=request.invoice,
        )
        await self.convene(
            name,
            round_,
            self.terms.approval,
            self.entry("payment up for approval", round=round_, payment=requested),
            barred=(request.actor,),
            question=f"Pay {self.eligible} to {self.start.payee}?"[:500],
            subject=request.content() | {"payee": self.start.payee, "amount": self.eligible.content()},
            act=Act.PAY,
        )
        match await self.verdict():
            case Outcome.APPROVED:
                return True
            case Outcome.RETURNED:
                return False
            case other:
                raise Ended(Status.ABANDONED, f"The payment was {other}. {self.comments}".strip())

    async def _sent(self, round_: int) -> Said:
        """Send it once, and find out what the bank made of it."""
        attempt = 0
        while True:
            await self.rest(lambda: not self.held_by)
            attempt += 1
            order = self._instruction(round_, attempt)
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
            delay = min(_SOONEST * 2 ** (attempt - 1), _LATEST)
            await self._resting(asyncio.create_task(workflow.sleep(delay, summary="the bank again")))
        self._book(order, said)
        await self.journal.flush()
        return said

    def _instruction(self, round_: int, attempt: int) -> Instruction:
        return Instruction(
            key=f"{self.start.key}:{round_}",
            attempt=attempt,
            payment=self.start.key,
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
            said = await self._resting(sending)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
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

    async def _resting(self, task: asyncio.Task[_T]) -> _T:
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

    def _came_back(self, round_: int) -> None:
        """The bank sent the money back: the payment is corrected, and the tranche due again."""
        paid, again = f"{self.start.key}:{round_}:paid", f"{self.start.order}:{round_ + 1}"
        back = self.transfer(f"{paid}:back", TransferKind.BOUNCE, resolves=paid)
        self.note("payment corrected", key=back.key, transfer=back)
        due = self.transfer(again, TransferKind.ORDER, resolves=None, amount=self.eligible)
        self.note("tranche due again", key=due.key, transfer=due)
        self.ordered, self.under_way, self.shown, self.came_back = again, False, None, None

    def give_up(self, state: PaymentState, reason: str) -> PaymentState:
        """Nothing is paid: the money is committed again, and no longer due. What the bank has, or may have,
        stays due: only the bank and its statements can say what became of it.
        """
        if self.under_way:
            doubt = self.listed(PaymentState.IN_DOUBT)
            self.note("payment left in doubt", reason=reason, payment=doubt)
            return PaymentState.IN_DOUBT
        money = self.transfer(f"{self.start.key}:{state}", TransferKind.CANCEL)
        gone = self.listed(state)
        self.note(f"payment {state}", key=money.key, reason=reason, transfer=money, payment=gone)
        return state

    def transfer(self, key: str, kind: TransferKind, **more: Any) -> Transfer:
        """A movement of the money that is due."""
        known = {"resolves": self.ordered, "reservation": self.start.reservation}
        return Transfer(key=key, kind=kind, fund=self.programme.sleeve, **known | more)

    def listed(self, state: PaymentState, **more: Any) -> PaymentUpdate:
        """What an entry changes in the list of payments."""
        return PaymentUpdate(key=self.start.key, state=state, **more)

    @workflow.update
    async def request_payment(self, request: PaymentRequest) -> Answer:
        """Hand in the invoice."""
        return await self._request_payment(request)

    @request_payment.validator
    def _turn_away_request(self, request: PaymentRequest) -> None:
        self.turn_away(request.gate)

    async def _request_payment(self, request: PaymentRequest) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self.may_work(request, GateKind.REQUEST, actor):
                return broken
            if self.request:
                return Broken(Rule.STAGE_OVER)
            much = request.amount is not None and request.amount > self.start.amount.minor
            return Broken(Rule.COMMITMENT_EXCEEDED, f"The tranche is {self.start.amount}.") if much else None

        def accept() -> Entry:
            self.request = request
            if request.amount:
                self.eligible = Amount(minor=request.amount, currency=self.start.amount.currency)
            facts = {"number": request.number, "amount": self.eligible.content()}
            return self.entry(
                "payment requested",
                key=f"{request.gate}:requested",
                actor=request.actor,
                act=Act.REQUEST,
                content_hash=request.invoice,
                facts=facts,
            )

        return await self.handle(request, judge, accept)
