"""Holding a payment: anybody who decides on it may stop it; it takes somebody else to let it go."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.record import Answer, Carried, Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.money.transfer import Transfer, TransferKind
    from models.partnership.partnership import Stage, Standing
    from models.payment.payment import Hold, PaymentStart, PaymentState, PaymentUpdate, Release
    from workflows.case.challenge import Challengeable


class Holdable(Challengeable):
    """A payment that can be held until it is sent."""

    def __init__(self, start: PaymentStart) -> None:
        super().__init__(start.proposal, start.programme, Standing(stage=Stage.STUDY), Carried())
        assert start.programme.payment
        self.start, self.terms = start, start.programme.payment
        self.due = start.amount
        """What is ordered: the tranche, or as much of it as came back from the bank."""
        self.eligible = start.amount
        """What of it is to be paid."""
        self.ordered = start.order
        """Key of the transfer that made it due."""
        self.held_by = ""
        """Who holds it, whatever the account."""
        self._holds = 0
        self.under_way = False
        """Whether the bank has it, or may have it."""
        self.by_signal("hold", Hold, self._hold)
        self.by_signal("release", Release, self._release)

    @property
    def amount(self) -> int:
        """What is to be paid, in minor units."""
        return self.eligible.minor

    def transfer(self, key: str, kind: TransferKind, **more: Any) -> Transfer:
        """A movement of the money that is due."""
        known = {"resolves": self.ordered, "reservation": self.start.reservation}
        return Transfer(key=key, kind=kind, fund=self.programme.sleeve, **known | more)

    def listed(self, state: PaymentState, **more: Any) -> PaymentUpdate:
        """What an entry changes in the list of payments."""
        return PaymentUpdate(key=self.start.key, state=state, **more)

    @workflow.update
    async def hold(self, hold: Hold) -> Answer:
        """Stop the payment before it is sent."""
        return await self._hold(hold)

    @hold.validator
    def _turn_away_hold(self, hold: Hold) -> None:
        self.turn_away(hold.gate)

    async def _hold(self, hold: Hold) -> Answer:
        sender = ""

        def judge(actor: Rights) -> Broken | None:
            nonlocal sender
            sender = actor.actor.who
            if broken := self._may_hold(actor):
                return broken
            if self.under_way:
                return Broken(Rule.ALREADY_SENT)
            return Broken(Rule.HELD) if self.held_by else None

        def accept() -> Entry:
            self.held_by = sender
            self._holds += 1
            return self.entry(
                "payment held",
                key=f"{self.start.key}:hold:{self._holds}",
                actor=hold.actor,
                reason=hold.reason,
                payment=PaymentUpdate(key=self.start.key, held=hold.reason),
            )

        return await self.handle(hold, judge, accept, since=self._holds)

    @workflow.update
    async def release(self, release: Release) -> Answer:
        """Let a held payment go; not for whoever held it."""
        return await self._release(release)

    @release.validator
    def _turn_away_release(self, release: Release) -> None:
        self.turn_away(release.gate)

    async def _release(self, release: Release) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self._may_hold(actor):
                return broken
            if not self.held_by:
                return Broken(Rule.NOT_HELD)
            return Broken(Rule.TWO_PEOPLE) if self.held_by == actor.actor.who else None

        def accept() -> Entry:
            self.held_by = ""
            return self.entry(
                "payment released",
                key=f"{self.start.key}:release:{self._holds}",
                actor=release.actor,
                reason=release.reason,
                payment=PaymentUpdate(key=self.start.key, held=""),
            )

        return await self.handle(release, judge, accept, since=self._holds)

    def _may_hold(self, actor: Rights) -> Broken | None:
        """Coordinators, and everybody with a seat where payments are approved."""
        approval = self.terms.approval
        if approval.attested and not actor.attested:
            return Broken(Rule.NOT_ATTESTED)
        panels = [approval.panel, *(tier.panel for tier in approval.tiers)]
        roles = {*self.programme.coordinators, *(role for panel in panels for role in panel.roles)}
        return None if roles & set(actor.actor.roles) else Broken(Rule.ROLE_NOT_HELD)
