"""What the bank decided on a payment, and what it means for the money."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.effects import Tells
    from models.money.effects import Moves
    from models.money.transfer import TransferKind
    from models.payment.action import PaymentAction
    from models.payment.bank import BankSays, Instruction, Said
    from models.payment.effects import Lists
    from models.payment.letters import was_not_sent
    from models.payment.payment import PaymentState
    from workflows.payment.dues import Dues


class Booking:
    """Books what became of a payment."""

    def __init__(self, dues: Dues) -> None:
        self.dues = dues
        self.case = dues.case

    def note(self, action: PaymentAction, key: str, state: PaymentState, **more: object) -> None:
        """What has happened to it, and how it stands now."""
        self.case.note(action, key=key, effects=(Lists(payment=self.dues.listed(state)),), **more)

    def not_sent(self, key: str, said: Said) -> None:
        """Nothing left the house: it is tried again."""
        self.dues.under_way = False
        facts = {"rule": said.rule} if said.rule else {}
        facts |= {"not_before": said.not_before.isoformat()} if said.not_before else {}
        self.note(PaymentAction.NOT_SENT, key, PaymentState.APPROVED, reason=said.reason, facts=facts)

    def decided(self, order: Instruction, said: Said, doubts: int) -> None:
        """What the bank decided; ``doubts``: how often people were asked before whether to give it up."""
        self.dues.paid = said.says is BankSays.SETTLED
        self.dues.under_way = self.dues.paid
        facts = {"bank": said.says, "reference": said.reference, "doubts": doubts}
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
