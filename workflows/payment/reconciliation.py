"""Following a payment until a statement of the bank shows it; and what follows when it came back."""

import asyncio
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.record import Answer, Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.payment.payment import BankLine, PaymentStart, PaymentState, PaymentUpdate
    from workflows.payment.hold import Holdable

_RETURNABLE = timedelta(days=60)
"""How long a payment that was booked may still be sent back by the payee's bank."""


class Reconcilable(Holdable):
    """A payment that statements of the bank speak of."""

    def __init__(self, start: PaymentStart) -> None:
        super().__init__(start)
        self.shown: BankLine | None = None
        """The line that shows it went out."""
        self.instruction = ""
        """Key of the instruction that the bank has, or had last."""
        self.came_back: BankLine | None = None
        self.by_signal("match", BankLine, self._match)

    async def reconciled(self) -> bool:
        """Wait until a statement shows the payment, and for a while after. False: the money came back."""
        await self.rest(lambda: self.shown is not None or self.came_back is not None)
        final = asyncio.create_task(workflow.sleep(_RETURNABLE, summary="it may still come back"))
        await self.rest(lambda: final.done() or self.came_back is not None)
        final.cancel()
        return self.came_back is None

    @workflow.update
    async def match(self, line: BankLine) -> Answer:
        """A line of a statement that names this payment."""
        return await self._match(line)

    @match.validator
    def _turn_away_line(self, line: BankLine) -> None:
        self.turn_away(line.gate)

    async def _match(self, line: BankLine) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self._may_hold(actor):
                return broken
            if line.amount != self.eligible:
                return Broken(
                    Rule.STATEMENT, f"The payment is of {self.eligible}, the line of {line.amount}."
                )
            if line.instruction != self.instruction:
                return Broken(Rule.STATEMENT, f"{line.instruction} was given up, or never sent.")
            if not self.under_way:
                return Broken(Rule.STATEMENT, "It was not sent, or has come back already.")
            twice = self.shown is not None and not line.back
            return Broken(Rule.STATEMENT, "A line shows it already: it was paid twice.") if twice else None

        def accept() -> Entry:
            if line.back:
                self.came_back = line
            else:
                self.shown = line
            return self._shown(line)

        return await self.handle(line, judge, accept)

    def _shown(self, line: BankLine) -> Entry:
        name = self.start.key
        state = PaymentState.RETURNED if line.back else PaymentState.RECONCILED
        return self.entry(
            f"payment {state}",
            key=f"{name}:{'back' if line.back else 'shown'}:{line.digest()[:12]}",
            actor=line.actor,
            content_hash=line.statement,
            facts={"line": line.line, "booked": line.booked.isoformat(), "amount": line.amount.content()},
            payment=PaymentUpdate(
                key=name, state=state, statement=f"{line.statement[:12]}:{line.line}"[:200]
            ),
        )
