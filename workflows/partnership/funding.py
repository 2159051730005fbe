"""The study money: reserved, approved, committed; again, for what is left, when a contract has ended."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.amount import Amount
    from models.case.panel import Outcome
    from models.case.record import Carried
    from models.case.rule import Broken, Rule
    from models.money.transfer import TransferKind
    from models.partnership.partnership import Proposal, Stage, Standing
    from models.partnership.programme import Programme
    from models.study.study import StudyOutcome
    from models.study.tranche import shares
    from workflows.partnership.reduction import Reducible


class Funded(Reducible):
    """A case whose study is paid out of a fund."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self.parts = programme.study.parts
        """What is still to be accepted, or paid by a date."""
        self.contracts = 1
        """How many contractors there have been, with the one to come."""
        self.used: dict[str, int] = {}
        """Rounds used up at the gates of earlier contracts."""

    @property
    def price(self) -> Amount:
        """What the deliverables cost that are still to come."""
        of = shares(self.granted, self.programme.study.tranches)
        minor = sum(share.minor for part, share in of.items() if part in self.parts)
        return Amount(minor=minor, currency=self.granted.currency)

    async def fund_study(self) -> None:
        """Reserve the money, have it approved, commit it. Too little left: wait, or ask for less."""
        if self.enters(Stage.FUNDING) and not self.committed:
            await self._fund()

    async def _fund(self) -> None:
        terms = self.programme.funding
        while True:
            key = self.reservation or f"{self.case}:funding:{self.round}:reserve"
            if broken := await self._put_to_the_panel(key):
                await self._without(key, broken)
                continue
            match await self.verdict():
                case Outcome.APPROVED:
                    break
                case Outcome.SUPERSEDED:
                    # the smaller amount has a round of its own, which uses up none of the proposer's
                    self.round, self.waits = self.round + 1, self.waits + 1
                    continue
            if self.more_rounds(terms) and self.outcome is Outcome.RETURNED:
                self.give_back("reservation released", TransferKind.VOID)
                self.reservation = ""
            await self.after_no(Stage.FUNDING, terms)
            self.reduced = None
        self.committed = True
        post = self.transfer(f"{key}:post", TransferKind.POST, amount=self.price)
        self.note("study money committed", key=f"{key}:post", transfer=post)

    async def _put_to_the_panel(self, key: str) -> Broken | None:
        """Reserve the price, unless that is done, and open the panel; or say why there is no money."""
        pending = self.transfer(key, TransferKind.PENDING, amount=self.price, rank=self.proposal.rank)
        reserve = None if self.reservation else pending
        sleeve, amount = self.programme.sleeve, self.price.content()
        subject = {"proposal": self.proposal.digest(), "sleeve": sleeve, "amount": amount}
        instead = f" instead of {self.proposal.requested}" if self.reduced else ""
        question = f"Fund the study with {self.price}{instead}"
        self.reservation = key  # already now: who is stopped while it is being written gives it back
        receipt = await self.convene_stage(
            Stage.FUNDING, self.programme.funding, question, subject, transfer=reserve
        )
        if receipt is None or receipt.rule is None:
            return None
        self.reservation = ""
        return Broken(receipt.rule, receipt.detail)

    async def _without(self, wanted: str, why: Broken) -> None:
        """The money was not reserved: wait for it, or ask for something else."""
        asked = self.proposal.requested
        if why.rule in (Rule.FUNDS_SHORT, Rule.FUND_FROZEN):
            await self.wait_for_money(wanted, self.price, why.text)
        else:
            await self.wait(Stage.FUNDING, why.text)
        if self.proposal.requested != asked:
            self.reduced = None

    async def replace_contractor(self, ended: StudyOutcome) -> None:
        """A contract has ended: what was accepted is paid, the rest released. Another one takes a new
        reservation, with the approval that goes with it.
        """
        self.give_back("rest of the contract released", TransferKind.DECOMMIT)
        self.parts = tuple(part for part in self.parts if part not in ended.accepted)
        self.reservation, self.committed = "", False
        self.contracts, self.used = self.contracts + 1, ended.used
        self.round, self.waits = self.round + 1, self.round  # a fresh allowance of rounds
        await self._fund()
