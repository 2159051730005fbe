"""A payment: asked for, approved by two or more, sent once, followed until the bank's statement shows it."""

import asyncio
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.amount import Amount
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Answer, Entry, GateKind
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.money.transfer import TransferKind
    from models.partnership.partnership import Status
    from models.payment.payment import BankSays, PaymentRequest, PaymentStart, PaymentState
    from workflows.case.case import Ended
    from workflows.payment.sending import Sending


@workflow.defn(name="payment")
class Payment(Sending):
    """Carries one payment. It outlives the case: accepted work is paid."""

    @workflow.init
    def __init__(self, start: PaymentStart) -> None:
        super().__init__(start)
        self.request: PaymentRequest | None = None
        self.by_signal("request_payment", PaymentRequest, self._request_payment)

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
        await self._until_it_is_due()
        for round_ in range(1, self.terms.request.rounds + 1):
            request = await self._requested(round_)
            if not await self._approved(round_, request):
                continue
            match (await self.send(round_)).says:
                case BankSays.SETTLED:
                    if await self.reconciled():
                        return PaymentState.RECONCILED
                    self.bounce(round_)
                case BankSays.REJECTED | BankSays.UNKNOWN:
                    self.under_way = False
        return self.give_up(PaymentState.FAILED, Rule.ROUNDS_USED_UP.text)

    async def _until_it_is_due(self) -> None:
        """Wait for the date that releases it, where only that is still to come."""
        at = self.start.not_before
        if at is None or at <= self.now():
            return
        gate = f"{self.case}:study.{self.start.part}-request:1"
        due = self.listed(PaymentState.DUE, gate=gate, amount=self.due, not_before=at)
        due = due.model_copy(update=self._identity())
        key, facts = f"{self.start.key}:deferred", {"until": at.isoformat()}
        self.note("payment deferred", key=key, facts=facts, payment=due)
        waiting = workflow.sleep(at - self.now(), summary=f"{self.start.part} is due")
        await self.resting(asyncio.create_task(waiting))

    async def _requested(self, round_: int) -> PaymentRequest:
        """Wait for the invoice."""
        self.request, self.eligible = None, self.due
        terms = self.terms.request
        opening = self.opening(
            GateKind.REQUEST,
            f"study.{self.start.part}-request",
            round_,
            question=f"Request the payment of {self.due} to {self.start.payee}"[:500],
            roles=terms.roles,
            amount=self.due.minor,
            subject={"payment": self.start.key, "amount": self.due.content()}
            | {"document": self.start.document, "payee": self.start.payee},
            terms=terms.deadline,
            act=Act.REQUEST,
        )
        due = self.listed(PaymentState.DUE, gate=opening.id, amount=self.due)
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
            much = request.amount is not None and request.amount > self.due.minor
            return Broken(Rule.COMMITMENT_EXCEEDED, f"What is due is {self.due}.") if much else None

        def accept() -> Entry:
            self.request = request
            if request.amount:
                self.eligible = Amount(minor=request.amount, currency=self.due.currency)
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
