"""The study money of a partnership: reserved, approved, committed; and given back when the case ends."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.amount import Amount
    from models.case.approval import Verdict
    from models.case.case import Ending
    from models.case.panel import Outcome
    from models.case.record import Receipt
    from models.case.rule import Broken
    from models.money.effects import Moves
    from models.money.rule import MoneyRule, rule_of_refusal
    from models.money.transfer import Transfer, TransferKind
    from models.partnership.action import PartnershipAction
    from models.partnership.partnership import Stage
    from models.partnership.programme import PartnershipTerms
    from models.study.study import StudyOutcome
    from models.study.tranche import shares
    from workflows.case.case import CaseFile
    from workflows.partnership.proposal import Proposals
    from workflows.partnership.reduction import Reductions
    from workflows.partnership.stages import Stages
    from workflows.partnership.waitlist import Waiting


class Funding:
    """What a partnership holds of a fund."""

    def __init__(
        self,
        case: CaseFile[PartnershipTerms],
        stages: Stages,
        proposals: Proposals,
        reductions: Reductions,
    ) -> None:
        self.case = case
        self.stages = stages
        self.proposals = proposals
        self.reductions = reductions
        self.waiting = Waiting(case, stages, proposals, self)
        self.reservation = ""
        """Key of the reservation, while it is pending or committed."""
        self.committed = False
        self.parts: tuple[str, ...] | None = None
        """What is still to be accepted, or paid by a date; None: all of it."""
        self.contracts = 1
        """How many contractors there have been, with the one to come."""
        self.used: dict[str, int] = {}
        """Rounds used up at the gates of earlier contracts."""

    @property
    def price(self) -> Amount:
        """What the deliverables cost that are still to come."""
        granted = self.reductions.granted
        of = shares(granted, self.case.rules.study.tranches)
        minor = sum(share.minor for part, share in of.items() if part in self.open_parts)
        return Amount(minor=minor, currency=granted.currency)

    @property
    def open_parts(self) -> tuple[str, ...]:
        """What is still to be accepted, or paid by a date."""
        return self.case.rules.study.parts if self.parts is None else self.parts

    async def fund(self) -> None:
        """Reserve the money, have it approved, commit it. Too little left: wait, or ask for less."""
        terms = self.case.rules.funding
        while True:
            key = self.reservation or f"{self.case.number}:funding:{self.stages.round}:reserve"
            verdict = await self._put_to_the_panel(key)
            if isinstance(verdict, Receipt):
                await self._without(key, Broken(rule_of_refusal(verdict.rule), verdict.detail))
                continue
            match verdict.outcome:
                case Outcome.APPROVED:
                    break
                case Outcome.SUPERSEDED:
                    # the smaller amount has a round of its own, which uses up none of the proposer's
                    self.stages.round, self.stages.waits = self.stages.round + 1, self.stages.waits + 1
                    continue
            if self.stages.more_rounds(terms) and verdict.outcome is Outcome.RETURNED:
                self.give_back(PartnershipAction.RELEASED, TransferKind.VOID)
            await self.stages.after_no(Stage.FUNDING, terms, verdict)
            self.reductions.reduced = None
        self._commit(key)

    def _commit(self, key: str) -> None:
        self.committed = self.proposals.amount_is_fixed = True
        post = self.transfer(f"{key}:post", TransferKind.POST, amount=self.price)
        self.case.note(PartnershipAction.COMMITTED, key=f"{key}:post", effects=(Moves(transfer=post),))

    async def _put_to_the_panel(self, key: str) -> Verdict | Receipt:
        """Reserve the price, unless that is done, and have the panel decide; or say why there is no money."""
        proposal, price = self.proposals.proposal, self.price
        pending = self.transfer(key, TransferKind.PENDING, amount=price, rank=proposal.rank)
        reserve = () if self.reservation else (Moves(transfer=pending),)
        subject = {"proposal": proposal.digest(), "sleeve": self.case.rules.sleeve, "amount": price.content()}
        instead = f" instead of {proposal.requested}" if self.reductions.reduced else ""
        self.reservation = key  # already now: who is stopped while it is being written gives it back
        verdict = await self.stages.convene(
            Stage.FUNDING, self.case.rules.funding, f"Fund the study with {price}{instead}", subject, *reserve
        )
        if isinstance(verdict, Receipt):
            self.reservation = ""
        return verdict

    async def _without(self, wanted: str, why: Broken) -> None:
        """The money was not reserved: wait for it, or ask for something else."""
        asked = self.proposals.proposal.requested
        if why.rule in (MoneyRule.FUNDS_SHORT, MoneyRule.FUND_FROZEN):
            await self.waiting.wait(wanted, self.price, why.text)
        else:
            await self.stages.ask_for_revision(Stage.FUNDING, why.text)
        if self.proposals.proposal.requested != asked:
            self.reductions.reduced = None

    async def replace_contractor(self, ended: StudyOutcome) -> None:
        """A contract has ended: what was accepted is paid, the rest released. Another one takes a new
        reservation, with the approval that goes with it.
        """
        self.give_back(PartnershipAction.REST_RELEASED, TransferKind.DECOMMIT)
        self.parts = tuple(part for part in self.open_parts if part not in ended.accepted)
        self.committed = False
        self.contracts, self.used = self.contracts + 1, ended.used
        self.stages.round, self.stages.waits = self.stages.round + 1, self.stages.round  # a fresh allowance
        await self.fund()

    def give_back(self, action: str, kind: TransferKind) -> None:
        """Return what is reserved or committed and not paid to the sleeve."""
        key = f"{self.case.number}:{kind}:{self.reservation}"
        self.case.note(action, key=key, effects=(Moves(transfer=self.transfer(key, kind)),))
        self.reservation = ""

    def unwind(self, _: Ending) -> None:
        """The case ends: block new money, cancel unsent payments, release what is reserved."""
        if not self.reservation:
            return
        self.case.note(PartnershipAction.MONEY_BLOCKED)
        if self.committed:
            self.give_back(PartnershipAction.PAYMENTS_CANCELLED, TransferKind.DECOMMIT)
        else:
            self.give_back(PartnershipAction.RELEASED, TransferKind.VOID)

    def transfer(self, key: str, kind: TransferKind, **more: Any) -> Transfer:
        """A movement of this case's money."""
        reservation = self.reservation or key
        return Transfer(key=key, kind=kind, fund=self.case.rules.sleeve, reservation=reservation, **more)
