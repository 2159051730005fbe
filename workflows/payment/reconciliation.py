"""Reconciliation: what the bank's statements say of a payment, and the wait for it.

A match names a row of a statement that is kept; all figures of it must agree. That money came back takes two
people, or the bank's own word. Who asked for a payment, or approved it, says nothing of what the bank did.
"""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.duty import Act
    from models.case.recall import Recalled
    from models.case.record import Entry
    from models.case.rights import Capacity, Rights, may_do
    from models.case.rule import Broken, CaseRule
    from models.payment.action import PaymentAction
    from models.payment.bank import BankSays, Said
    from models.payment.effects import Lists, Matches
    from models.payment.matching import out_of_time, unlike
    from models.payment.payment import BankLine, PaymentState, PaymentUpdate
    from models.payment.rule import PaymentRule
    from workflows.case.confirmations import Confirmations
    from workflows.case.messages import Messages
    from workflows.payment.bank_word import asked_of_the_bank
    from workflows.payment.dues import Dues

NAMES_A_ROW = "match-names-a-row-2026-11"
"""Lines of earlier histories name no row of a statement; whoever follows the payment may have sent them."""
_RETURNABLE = timedelta(days=60)
"""How long a payment that was booked may still be sent back by the payee's bank."""


class Matching:
    """What statements of the bank say of a payment."""

    def __init__(self, messages: Messages, dues: Dues, confirmations: Confirmations) -> None:
        self.dues = dues
        self.confirmations = confirmations
        self.instruction = ""
        """Key of the instruction that the bank has, or had last."""
        self.sent_at: datetime | None = None
        """When that was sent."""
        self._kept: dict[str, Recalled] = {}
        """Lines that are on record, by their key."""
        self._said: dict[str, Said] = {}
        """What the bank itself said of money that came back, by the key of its instruction."""
        self._shown_at: datetime | None = None
        self._out: dict[str, BankLine] = {}
        self._back: dict[str, BankLine] = {}
        """Lines of statements, by the key of their instruction."""
        messages.takes(
            "match",
            BankLine,
            self._may_match,
            self._match,
            of_case=True,
            prepare=self._look_up,
            since=self._turn,
            restore=self._restore,
        )

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

    # -- judging a line -----------------------------------------------------------------------

    async def _look_up(self, line: BankLine) -> None:
        if line.row is not None:
            self._kept |= await self.dues.case.on_record(line.key)
            if line.back and not (self._not_kept(line) or self._disagrees(line)):
                self._said |= await asked_of_the_bank(line.instruction)

    def _turn(self, line: BankLine) -> object:
        return self.confirmations.turn(_about(line), line) if _is_a_return(line) else 0

    def _may_match(self, line: BankLine, actor: Rights) -> Broken | None:
        if line.row is None and not workflow.patched(NAMES_A_ROW):
            return self.dues.may_follow(actor) or self._disagrees(line)
        broken = self._may_reconcile(actor) or self._not_kept(line) or self._disagrees(line)
        if broken or not self._takes_two(line):
            return broken
        return self.confirmations.judge(_about(line), line, actor)

    def _may_reconcile(self, actor: Rights) -> Broken | None:
        """Why somebody may not say what the bank did: it takes the role, and no part in the payment."""
        terms = self.dues.case.rules.payment
        if not terms.reconcilers:
            return self.dues.may_follow(actor)
        if terms.approval.attested and not actor.attested:
            return Broken(CaseRule.NOT_ATTESTED)
        if not set(terms.reconcilers) & set(actor.actor.roles):
            return Broken(CaseRule.ROLE_NOT_HELD)
        return may_do(actor.actor, Act.RECONCILE, self.dues.case.rules.duties)

    def _not_kept(self, line: BankLine) -> Broken | None:
        """Why a line is not one of a statement that is kept, and of our account."""
        kept = self._kept.get(line.key)
        if kept is None:
            return Broken(PaymentRule.UNKNOWN_LINE)
        if wrong := "; ".join(unlike(line, kept.facts)):
            return Broken(PaymentRule.STATEMENT, f"Of row {line.row}: {wrong}.")
        account = self.dues.case.rules.payment.account
        if account and line.account != account:
            return Broken(PaymentRule.STATEMENT_ACCOUNT)
        if why := out_of_time(line, self.sent_at, self.dues.case.now()):
            return Broken(PaymentRule.STATEMENT, why)
        return None

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

    # -- taking a line ------------------------------------------------------------------------

    def _match(self, line: BankLine, actor: Rights) -> Entry:
        said, name = self._said.get(line.instruction) if _is_a_return(line) else None, self.dues.key
        if self._takes_two(line):
            asked = self.confirmations.settle(_about(line), line, actor)
            if asked is None:
                key = f"{name}:back:{line.digest()[:12]}:asked"
                return self._entry(line, PaymentAction.RETURN_ASKED_FOR, key, said)
        if said and self.confirmations.waiting(_about(line)):  # nobody has to confirm it any more
            self.confirmations.withdraw(_about(line))
        lines = self._back if line.back else self._out
        lines[line.instruction] = line
        self._shown_at = self.dues.case.now()
        state = PaymentState.RETURNED if line.back else PaymentState.RECONCILED
        update = PaymentUpdate(key=name, state=state, statement=f"{line.statement[:12]}:{line.line}"[:200])
        key = f"{name}:{'back' if line.back else 'shown'}:{line.digest()[:12]}"
        matched = (Matches(statement=line.statement, row=line.row, payment=name),) if line.row else ()
        entry = self._entry(line, f"payment {state}", key, said)
        return entry.with_effects(Lists(payment=update), *matched)

    def _restore(self, line: BankLine, accepted: Accepted) -> None:
        """Take over a line that an earlier run accepted; the bank is not asked again."""
        self._said.pop(line.instruction, None)
        if accepted.facts.get("bank") == BankSays.RETURNED:
            self._said[line.instruction] = Said(says=BankSays.RETURNED)
        actor = Capacity(person=line.actor, who=accepted.who, organisation="", roles=())
        self._match(line, Rights(actor=actor))

    def _takes_two(self, line: BankLine) -> bool:
        """Whether two people must say so: money that came back is asked for, and paid, again. The bank's own
        word is as good as that of the second, once.
        """
        said = self._said.get(line.instruction)
        own_word = said is not None and said.says is BankSays.RETURNED and self.came_back is None
        return _is_a_return(line) and not own_word

    def _entry(self, line: BankLine, action: str, key: str, said: Said | None) -> Entry:
        facts: dict[str, Any] = {"line": line.line, "booked": line.booked.isoformat()}
        facts["amount"] = line.amount.content()
        facts |= {"row": line.row} if line.row else {}
        return self.dues.case.entry(
            action,
            key=key,
            actor=line.actor,
            act=Act.RECONCILE if line.row else None,
            content_hash=line.statement,
            reason=_reason(said) if said else "",
            facts=facts | ({"bank": said.says} if said else {}),
        )


def _is_a_return(line: BankLine) -> bool:
    """Whether a row of a kept statement says that money came back."""
    return line.back and line.row is not None


def _reason(said: Said) -> str:
    """What the bank itself said of a return: by its own word it is booked, or it takes a second person."""
    if said.says is BankSays.RETURNED:
        return "By the bank's own word."
    return f"The bank does not say that it came back ({said.says}). {said.reason}".strip()


def _about(line: BankLine) -> str:
    return f"{line.instruction}:back"
