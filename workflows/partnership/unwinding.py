"""How a case ends: always in the same order, all of it in one transaction."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.notice import Draft
    from models.case.record import EVERY_GATE, Entry
    from models.money.transfer import Transfer, TransferKind
    from models.partnership.partnership import Ending, Standing, Status
    from workflows.partnership.revision import Revisable


class Unwinding(Revisable):
    """A case that gives back what it holds when it ends."""

    reservation = ""
    """Key of the reservation, while it is pending or committed."""
    agreement_round_open = False

    def unwind(self, ending: Ending) -> None:
        """Stop clocks → block new money → cancel unsent payments → release reservations → void
        signature rounds → notify → close the record. What does not apply is left out.
        """
        end = ending.status
        self.session = None
        self.note("clocks stopped", reason=ending.reason, closes={EVERY_GATE: end})
        if self.reservation and self.committed:
            self.note("money blocked")
            self.give_back("unsent payments cancelled", TransferKind.DECOMMIT)
        elif self.reservation:
            self.note("money blocked")
            self.give_back("reservation released", TransferKind.VOID)
        if self.agreement_round_open:
            self.note("signature rounds voided", reason=ending.reason)
        self.note("told everyone", notices=(self._farewell(ending),))
        self._close(ending)

    def _close(self, ending: Ending) -> None:
        before, self.standing = self.standing, Standing(stage=self.standing.stage, status=ending.status)
        self.journal.add(
            Entry(
                key=f"{self.case}:closed",
                stage=before.stage,
                action=f"closed: {ending.status}",
                at=self.now(),
                reason=ending.reason,
                before=before,
                after=self.standing,
            )
        )

    def give_back(self, action: str, kind: TransferKind) -> None:
        """Return what is reserved or committed and not paid to the sleeve."""
        key = f"{self.case}:{kind}:{self.reservation}"
        self.note(action, key=key, transfer=self.transfer(key, kind))

    def transfer(self, key: str, kind: TransferKind, **more: Any) -> Transfer:
        """A movement of this case's money."""
        return Transfer(
            key=key, kind=kind, fund=self.programme.sleeve, reservation=self.reservation or key, **more
        )

    def _farewell(self, ending: Ending) -> Draft:
        happy = ending.status is Status.LAUNCHED
        return Draft(
            subject=f"{self.case}: {'launched' if happy else ending.status}",
            body=f"{self.proposal.title}\n\n{ending.reason}\n\naccord history {self.case}",
            roles=self.programme.coordinators,
            persons=self.handed_in,
        )
