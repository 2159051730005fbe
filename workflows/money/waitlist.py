"""Waiting for money: in the queue, until it is offered or something else is asked for."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.money.waitlist import Waitlist
    from models.amount import Amount
    from models.case.duty import Act
    from models.case.record import Answer, Carried, Entry, GateKind
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.money.offer import OfferAnswer
    from models.money.transfer import TransferKind
    from models.money.waitlist import Wish
    from models.partnership.partnership import Proposal, Stage, Standing, Status
    from models.partnership.programme import Programme
    from workflows.case.case import Ended
    from workflows.case.rights import ask
    from workflows.partnership.stage import Staged


class Queued(Staged):
    """A case that waits for its turn when a fund has too little left. Nothing spins: whoever frees the money
    reserves it for who is next, in the same transaction, and the case is woken.
    """

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self._wanted = ""
        self._offered = False
        self._answer_to_offer: OfferAnswer | None = None
        self.by_signal("answer_offer", OfferAnswer, self._answer_offer)

    async def wait_for_money(self, wanted: str, amount: Amount, why: str) -> None:
        """Wait until ``wanted`` is reserved and taken up; or until the proposal asks for something else."""
        self._wanted, self._offered = wanted, False
        self.waits += 1
        waiting = self.move(Stage.FUNDING, Status.WAITLISTED, "funding waitlisted", reason=why)
        terms = self.programme.waiting or self.programme.revision
        revised = await self.revise(
            Stage.FUNDING, self.round, waiting, why, terms, unless=lambda: self._offered
        )
        self._wanted = ""
        if not revised and not await self._taken_up(wanted, amount):
            await self.revise(
                Stage.FUNDING,
                self.round + 1,
                self.move(Stage.FUNDING, Status.RETURNED, "offer declined"),
                self._declined(),
                self.programme.revision,
            )
            self.round += 1
        self.round += 1

    @workflow.signal
    async def offered(self) -> None:
        """There may be an offer. Nobody is believed: the record says whether there is."""
        wanted = self._wanted
        if wanted and (await ask(Waitlist.offer, Wish(reservation=wanted), "offer?")).made:
            self._offered = self._offered or wanted == self._wanted

    async def _taken_up(self, reservation: str, amount: Amount) -> bool:
        """Ask whether the money is still wanted. Silence gives it to the next in the queue."""
        self.reservation, self._answer_to_offer = reservation, None
        opening = self.opening(
            GateKind.OFFER,
            f"{Stage.FUNDING}.offer",
            self.round,
            question=f"Take up {amount}: it is reserved for you",
            roles=self.programme.coordinators,
            persons=(self.proposal.proposer,),
            subject={"reservation": reservation, "amount": amount.content()},
            terms=self.programme.offer or self.programme.revision,
            act=Act.DRAFT,
        )
        await self.open(opening, self.entry("offer opened", round=self.round, takes=reservation))
        if await self.sit(lambda: self._answer_to_offer is not None):
            self.close("lapsed")
            self.give_back("offer expired", TransferKind.EXPIRE)
            self.reservation = ""
            raise Ended(Status.LAPSED, "The money offered was not taken up in time.")
        answer: OfferAnswer | None = self._answer_to_offer
        assert answer
        self.close("accepted" if answer.accept else "declined")
        if not answer.accept:
            self.give_back("reservation released", TransferKind.VOID)
            self.reservation = ""
        return answer.accept

    def _declined(self) -> str:
        assert self._answer_to_offer
        return f"The offer was declined: {self._answer_to_offer.reason}"

    @workflow.update
    async def answer_offer(self, answer: OfferAnswer) -> Answer:
        """Take up the money that is offered, or decline it."""
        return await self._answer_offer(answer)

    @answer_offer.validator
    def _turn_away_offer_answer(self, answer: OfferAnswer) -> None:
        self.turn_away(answer.gate)

    async def _answer_offer(self, answer: OfferAnswer) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self.may_work(answer, GateKind.OFFER, actor):
                return broken
            return Broken(Rule.STAGE_OVER) if self._answer_to_offer else None

        def accept() -> Entry:
            self._answer_to_offer = answer
            what = "accepted" if answer.accept else "declined"
            key = f"{answer.gate}:answered"
            return self.entry(
                f"offer {what}", key=key, actor=answer.actor, act=Act.DRAFT, reason=answer.reason
            )

        return await self.handle(answer, judge, accept)
