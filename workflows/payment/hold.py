"""Holding a payment: anybody who decides on it may stop it; it takes somebody else to let it go."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.payment.action import PaymentAction
    from models.payment.effects import Lists
    from models.payment.payment import Hold, PaymentUpdate, Release
    from models.payment.rule import PaymentRule
    from workflows.case.messages import Messages
    from workflows.payment.dues import Dues


class Holds:
    """Whether a payment is held, and by whom."""

    def __init__(self, messages: Messages, dues: Dues) -> None:
        self.dues = dues
        self.by = ""
        """Who holds it, whatever the account; empty: nobody."""
        self._count = 0
        takes, since = messages.takes, self._so_far
        takes("hold", Hold, self._may_hold, self._hold, since=since, restore=self._restore, of_case=True)
        takes(
            "release",
            Release,
            self._may_release,
            self._release,
            since=since,
            restore=self._restore,
            of_case=True,
        )

    def _so_far(self, _: Hold | Release) -> str:
        return f"{self._count}:{bool(self.by)}"

    def _may_hold(self, hold: Hold, actor: Rights) -> Broken | None:
        if broken := self.dues.may_follow(actor):
            return broken
        if self.dues.under_way:
            return Broken(PaymentRule.ALREADY_SENT)
        return Broken(PaymentRule.HELD) if self.by else None

    def _hold(self, hold: Hold, actor: Rights) -> Entry:
        self.by = actor.actor.who
        self._count += 1
        return self._entry(PaymentAction.HELD, hold, "hold", hold.reason)

    def _may_release(self, release: Release, actor: Rights) -> Broken | None:
        if broken := self.dues.may_follow(actor):
            return broken
        if not self.by:
            return Broken(PaymentRule.NOT_HELD)
        return Broken(CaseRule.TWO_PEOPLE) if self.by == actor.actor.who else None

    def _release(self, release: Release, _: Rights) -> Entry:
        self.by = ""
        return self._entry(PaymentAction.RELEASED, release, "release", "")

    def _restore(self, _: Hold | Release, accepted: Accepted) -> None:
        self.by = accepted.who if accepted.name == "hold" else ""
        self._count = accepted.facts["number"]

    def _entry(self, action: PaymentAction, message: Hold | Release, word: str, held: str) -> Entry:
        key = self.dues.key
        return self.dues.case.entry(
            action,
            key=f"{key}:{word}:{self._count}",
            actor=message.actor,
            reason=message.reason,
            facts={"number": self._count},
            effects=(Lists(payment=PaymentUpdate(key=key, held=held)),),
        )
