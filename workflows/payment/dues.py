"""What is due to a payee: how much, ordered by which transfer, and whether the bank has it."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.case import Ending
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.money.effects import Moves
    from models.money.transfer import Transfer, TransferKind
    from models.payment.action import PaymentAction
    from models.payment.payment import PaymentStart, PaymentState, PaymentUpdate
    from models.payment.terms import PaymentRules
    from workflows.case.case import CaseFile


RELEASES_THE_REST = "payment-releases-the-rest-2026-11"
"""Payments of earlier histories left it committed to a case that was closed."""
KNOWS_HOW_IT_ENDS = "payment-knows-how-it-ends-2026-11"
"""Payments of earlier histories that were stopped did not ask the bank, and doubted what was paid."""


class Dues:
    """The money of one payment."""

    def __init__(self, case: CaseFile[PaymentRules], start: PaymentStart) -> None:
        self.case = case
        self.start = start
        self.key = start.key
        """What the payment is called, on record and at the bank."""
        self.due = start.amount
        """What is ordered: the tranche, or as much of it as came back from the bank."""
        self.eligible = start.amount
        """What of it is to be paid."""
        self.ordered = start.order
        """Key of the transfer that made it due."""
        self.under_way = False
        """Whether the bank has it, or may have it."""
        self.paid = False
        """Whether the bank has settled it, and has not sent it back."""

    def transfer(self, key: str, kind: TransferKind, **more: Any) -> Transfer:
        """A movement of the money that is due."""
        known = {"resolves": self.ordered, "reservation": self.start.reservation}
        return Transfer(key=key, kind=kind, fund=self.case.rules.sleeve, **known | more)

    async def release_the_rest(self, _: Ending) -> None:
        """Once the case has released the rest of its commitment, what comes back to it is released, too.

        It is asked when our own money is back: a release by the case that comes later takes it along.
        """
        if self.case.terms.rules is None or not workflow.patched(RELEASES_THE_REST):
            return
        await self.case.written()
        released = f"{self.case.number}:{TransferKind.DECOMMIT}:{self.start.reservation}"
        if released in await self.case.on_record(released):
            rest = self.transfer(f"{self.key}:rest", TransferKind.DECOMMIT, resolves=None)
            self.case.note(PaymentAction.REST_RELEASED, key=rest.key, effects=(Moves(transfer=rest),))

    def listed(self, state: PaymentState, **more: Any) -> PaymentUpdate:
        """What an entry changes in the list of payments."""
        return PaymentUpdate(key=self.key, state=state, **more)

    def identity(self) -> dict[str, Any]:
        """What the list of payments shows of it from the beginning."""
        start = self.start
        known = {"fund": self.case.rules.sleeve, "reservation": start.reservation}
        return known | {"payee": start.payee, "held": ""}

    @property
    def followers(self) -> tuple[str, ...]:
        """The roles that follow it: coordinators, and all who approve payments."""
        rules = self.case.rules
        approval = rules.payment.approval
        panels = [approval.panel, *(tier.panel for tier in approval.tiers)]
        approving = (role for panel in panels for role in panel.roles)
        return tuple(dict.fromkeys((*rules.coordinators, *approving)))

    def may_follow(self, actor: Rights) -> Broken | None:
        """Why somebody may not hold, release or match it."""
        if self.case.rules.payment.approval.attested and not actor.attested:
            return Broken(CaseRule.NOT_ATTESTED)
        held = set(self.followers) & set(actor.actor.roles)
        return None if held else Broken(CaseRule.ROLE_NOT_HELD)
