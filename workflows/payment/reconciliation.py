"""Following a payment until a statement of the bank shows it; and what follows when it came back."""

from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken
    from models.payment.effects import Lists
    from models.payment.payment import BankLine, PaymentState, PaymentUpdate
    from models.payment.rule import PaymentRule
    from workflows.case.messages import Messages
    from workflows.payment.dues import Dues

_RETURNABLE = timedelta(days=60)
"""How long a payment that was booked may still be sent back by the payee's bank."""


class Matching:
    """What statements of the bank say of a payment."""

    def __init__(self, messages: Messages, dues: Dues) -> None:
        self.dues = dues
        self.instruction = ""
        """Key of the instruction that the bank has, or had last."""
        self._shown_at: datetime | None = None
        self._out: dict[str, BankLine] = {}
        self._back: dict[str, BankLine] = {}
        """Lines of statements, by the key of their instruction."""
        messages.takes("match", BankLine, self._may_match, self._match, of_case=True)

    @property
    def shown(self) -> BankLine | None:
        """The line that shows that the payment went out."""
        return self._out.get(self.instruction)

    @property
    def came_back(self) -> BankLine | None:
        """The line that shows that it came back."""
        return self._back.get(self.instruction)

    async def reconciled(self) -> bool:
        """Wait until a statement shows the payment, and for a while after. False: the money came back."""
        case = self.dues.case
        await case.rest(lambda: self.shown is not None or self.came_back is not None)
        wait = (self._shown_at or case.now()) + _RETURNABLE - case.now()
        final = case.sleep(max(wait, timedelta()), "it may still come back")
        try:
            await case.rest(lambda: final.done() or self.came_back is not None)
        finally:
            final.cancel()
        return self.came_back is None

    def _may_match(self, line: BankLine, actor: Rights) -> Broken | None:
        if broken := self.dues.may_follow(actor):
            return broken
        return self._disagrees(line)

    def _disagrees(self, line: BankLine) -> Broken | None:
        eligible = self.dues.eligible
        if line.amount != eligible:
            return Broken(PaymentRule.STATEMENT, f"The payment is of {eligible}, the line of {line.amount}.")
        if line.instruction != self.instruction:
            return Broken(PaymentRule.STATEMENT, f"{line.instruction} was given up, or never sent.")
        if not self.dues.under_way:
            return Broken(PaymentRule.STATEMENT, "It was not sent, or has come back already.")
        twice = self.shown is not None and not line.back
        return Broken(PaymentRule.STATEMENT, "A line shows it already: it was paid twice.") if twice else None

    def _match(self, line: BankLine, _: Rights) -> Entry:
        lines = self._back if line.back else self._out
        lines[line.instruction] = line
        self._shown_at = self.dues.case.now()
        name = self.dues.key
        state = PaymentState.RETURNED if line.back else PaymentState.RECONCILED
        update = PaymentUpdate(key=name, state=state, statement=f"{line.statement[:12]}:{line.line}"[:200])
        return self.dues.case.entry(
            f"payment {state}",
            key=f"{name}:{'back' if line.back else 'shown'}:{line.digest()[:12]}",
            actor=line.actor,
            content_hash=line.statement,
            facts={"line": line.line, "booked": line.booked.isoformat(), "amount": line.amount.content()},
            effects=(Lists(payment=update),),
        )
