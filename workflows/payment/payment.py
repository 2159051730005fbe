"""A payment: asked for, approved by two or more, sent once, followed until the bank's statement shows it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.amount import Amount
    from models.case.approval import Verdict
    from models.case.case import Ending
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.money.effects import Moves
    from models.money.rule import MoneyRule
    from models.money.transfer import TransferKind
    from models.payment.action import PaymentAction, PaymentGate
    from models.payment.effects import Lists
    from models.payment.payment import KIND, PaymentRequest, PaymentStart, PaymentState
    from models.payment.terms import PaymentRules
    from workflows.case.case import CaseFile
    from workflows.case.ended import Ended
    from workflows.case.instruments import instruments
    from workflows.payment.dues import KNOWS_HOW_IT_ENDS, Dues
    from workflows.payment.hold import Holds
    from workflows.payment.reconciliation import Matching
    from workflows.payment.sending import Sending


@workflow.defn(name="payment")
class Payment:
    """Carries one payment. It outlives the case: accepted work is paid."""

    @workflow.init
    def __init__(self, start: PaymentStart) -> None:
        self.start = start
        self.case = CaseFile(start.case, KIND, PaymentRules)
        messages, self.gates, self.panels, confirmations = instruments(self.case)
        self.dues = Dues(self.case, start)
        self.matching = Matching(messages, self.dues, confirmations)
        self.sending = Sending(self.panels, self.dues, Holds(messages, self.dues), self.matching)
        self.request: PaymentRequest | None = None
        self.state: PaymentState | None = None
        self.case.rerun.begins_with(lambda: start)
        self.case.at_the_end(self.sending.find_out)
        self.case.at_the_end(self._give_up_what_is_left)
        self.case.at_the_end(self.dues.release_the_rest)
        messages.takes("request_payment", PaymentRequest, self._may_request, self._take_request)

    @workflow.run
    async def run(self, start: PaymentStart) -> PaymentState:
        """Until it is reconciled with a statement, or was never paid. Returns how it ended."""
        reconciled = Ending(status=PaymentState.RECONCILED, reason="A statement of the bank shows it.")
        await self.case.carry_out(self.settle, reconciled)
        assert self.state
        return self.state

    async def settle(self) -> None:
        """Ask, approve, send; again, while rounds are left, when approvers or the bank return it."""
        await self._until_it_is_due()
        for round_ in range(1, self.case.rules.payment.request.rounds + 1):
            request = await self._requested(round_)
            if not await self._approved(round_, request):
                continue
            await self.sending.send(round_)
            if not self.dues.paid:
                continue
            if await self.matching.reconciled():
                self.state = PaymentState.RECONCILED
                return
            self.sending.booking.bounce(round_)
        raise Ended(PaymentState.FAILED, CaseRule.ROUNDS_USED_UP.text)

    async def _until_it_is_due(self) -> None:
        """Wait for the date that releases it, where only that is still to come."""
        at = self.start.not_before
        if at is None or at <= self.case.now():
            return
        gate = f"{self.case.number}:study.{self.start.part}-request:1"
        due = self.dues.listed(PaymentState.DUE, gate=gate, amount=self.dues.due, not_before=at)
        due = due.model_copy(update=self.dues.identity())
        key, facts = f"{self.dues.key}:deferred", {"until": at.isoformat()}
        self.case.note(PaymentAction.DEFERRED, key=key, facts=facts, effects=(Lists(payment=due),))
        waiting = workflow.sleep(at - self.case.now(), summary=f"{self.start.part} is due")
        await self.case.until(waiting)

    async def _requested(self, round_: int) -> PaymentRequest:
        """Wait for the invoice."""
        dues, start = self.dues, self.start
        self.request, dues.eligible = None, dues.due
        terms = self.case.rules.payment.request
        opening = self.gates.opening(
            PaymentGate.REQUEST,
            f"study.{start.part}-request",
            round_,
            question=f"Request the payment of {dues.due} to {start.payee}"[:500],
            roles=terms.roles,
            amount=dues.due.minor,
            subject={"payment": dues.key, "amount": dues.due.content()}
            | {"document": start.document, "payee": start.payee},
            terms=terms.deadline,
            act=Act.REQUEST,
        )
        due = dues.listed(PaymentState.DUE, gate=opening.id, amount=dues.due)
        due = due.model_copy(update=dues.identity()) if round_ == 1 else due
        await self.gates.open(opening, self.case.entry(PaymentAction.AWAITED, effects=(Lists(payment=due),)))
        if await self.gates.settle(opening.id, lambda: self.request is not None):
            self.gates.close(opening.id, "lapsed")
            raise Ended(PaymentState.CANCELLED, "No payment was requested in time.")
        self.gates.close(opening.id, "done")
        request: PaymentRequest | None = self.request
        assert request
        return request

    async def _approved(self, round_: int, request: PaymentRequest) -> bool:
        """Four eyes or more, none of them the requester's."""
        name, dues = f"study.{self.start.part}-payment", self.dues
        requested = dues.listed(
            PaymentState.REQUESTED,
            gate=f"{self.case.number}:{name}:{round_}",
            amount=dues.eligible,
            invoice=request.invoice,
        )
        verdict = await self.panels.convene(
            name,
            round_,
            self.case.rules.payment.approval,
            self.case.entry(PaymentAction.UP_FOR_APPROVAL, round=round_, effects=(Lists(payment=requested),)),
            barred=(request.actor,),
            amount=dues.eligible.minor,
            question=f"Pay {dues.eligible} to {self.start.payee}?"[:500],
            subject=request.content() | {"payee": self.start.payee, "amount": dues.eligible.content()},
            payee=self.start.payee,
            act=Act.PAY,
        )
        assert isinstance(verdict, Verdict), "no money moves with it"
        if verdict.outcome in (Outcome.APPROVED, Outcome.RETURNED):
            return verdict.outcome is Outcome.APPROVED
        reason = f"The payment was {verdict.outcome}. {verdict.comments}".strip()
        raise Ended(PaymentState.CANCELLED, reason)

    def _give_up_what_is_left(self, ending: Ending) -> None:
        """Nothing is paid: the money is committed again, and no longer due. What the bank has, or may have,
        stays due: only the bank and its statements can say what became of it.
        """
        if self.state is PaymentState.RECONCILED:
            return
        if self.dues.paid and workflow.patched(KNOWS_HOW_IT_ENDS):
            self.state = PaymentState.PAID
            return
        if self.dues.under_way:
            self.state = PaymentState.IN_DOUBT
            doubt = (Lists(payment=self.dues.listed(PaymentState.IN_DOUBT)),)
            self.case.note(PaymentAction.LEFT_IN_DOUBT, reason=ending.reason, effects=doubt)
            return
        failed = ending.status == PaymentState.FAILED
        self.state = PaymentState.FAILED if failed else PaymentState.CANCELLED
        if self.case.terms.rules is None:
            return
        money = self.dues.transfer(f"{self.dues.key}:{self.state}", TransferKind.CANCEL)
        self.case.note(
            PaymentAction.FAILED if failed else PaymentAction.CANCELLED,
            key=money.key,
            reason=ending.reason,
            effects=(Moves(transfer=money), Lists(payment=self.dues.listed(self.state))),
        )

    def _may_request(self, request: PaymentRequest, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(request.gate, PaymentGate.REQUEST, actor):
            return broken
        if self.request:
            return Broken(CaseRule.STAGE_OVER)
        much = request.amount is not None and request.amount > self.dues.due.minor
        return Broken(MoneyRule.COMMITMENT_EXCEEDED, f"What is due is {self.dues.due}.") if much else None

    def _take_request(self, request: PaymentRequest, _: Rights) -> Entry:
        self.request = request
        if request.amount:
            self.dues.eligible = Amount(minor=request.amount, currency=self.dues.due.currency)
        facts = {"number": request.number, "amount": self.dues.eligible.content()}
        return self.case.entry(
            PaymentAction.REQUESTED,
            key=f"{request.gate}:requested",
            actor=request.actor,
            act=Act.REQUEST,
            content_hash=request.invoice,
            facts=facts,
        )
