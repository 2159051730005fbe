"""Waiting for money: in the queue, until it is offered or something else is asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.money.offer import Offers
    from models.amount import Amount
    from models.case.duty import Act
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.money.effects import TakesUp
    from models.money.offer import OfferAnswer
    from models.money.transfer import TransferKind
    from models.money.waitlist import Wish
    from models.partnership.action import PartnershipAction, PartnershipGate
    from models.partnership.partnership import Stage, Status
    from models.partnership.programme import PartnershipTerms
    from workflows.case.case import CaseFile
    from workflows.case.ended import Ended
    from workflows.case.rights import ask
    from workflows.partnership.proposal import Proposals
    from workflows.partnership.stages import Stages

if TYPE_CHECKING:
    from workflows.partnership.funding import Funding


class Waiting:
    """A partnership's place in the queue. Nothing spins: whoever frees the money reserves it for who is next,
    in the same transaction, and the case is woken.
    """

    def __init__(
        self,
        case: CaseFile[PartnershipTerms],
        stages: Stages,
        proposals: Proposals,
        funding: "Funding",
    ) -> None:
        self.case = case
        self.stages = stages
        self.proposals = proposals
        self.funding = funding
        self._nudges = 0
        self._offered = False
        self._watch: Watch | None = None
        self._answer: OfferAnswer | None = None
        messages = proposals.gates.messages
        messages.hears("offered", self._nudge)
        messages.takes("answer_offer", OfferAnswer, self._may_answer, self._take_answer)

    def _nudge(self) -> None:
        """There may be an offer. Nobody is believed: the record says whether there is."""
        self._nudges += 1

    def woken(self) -> Callable[[], bool]:
        """Whether the case has been woken since now, or waits no more."""
        seen, watch = self._nudges, self._watch
        return lambda: self._nudges > seen or watch is not self._watch

    def watches(self, watch: "Watch") -> bool:
        """Whether this is what the case waits for."""
        return watch is self._watch

    def offered(self, by: "Watch") -> None:
        """The money that is waited for is reserved."""
        if by is self._watch:
            self._offered = True
            self.case.journal.moves += 1

    async def wait(self, wanted: str, amount: Amount, why: str) -> None:
        """Wait until ``wanted`` is reserved and taken up; or until the proposal asks for something else."""
        self._offered, stages = False, self.stages
        stages.waits += 1
        waiting = stages.move(Stage.FUNDING, Status.WAITLISTED, PartnershipAction.WAITLISTED)
        terms = self.case.rules.waiting or self.case.rules.revision
        self._watch = Watch(self, wanted)
        await self._watch.look()
        self.case.alongside(self._watch.run())
        revised = await self.proposals.revise(
            Stage.FUNDING,
            stages.round,
            waiting.model_copy(update={"reason": why}),
            why,
            terms,
            unless=lambda: self._offered,
        )
        self._watch = None
        if not revised and not await self._taken_up(wanted, amount):
            declined = stages.move(Stage.FUNDING, Status.RETURNED, PartnershipAction.OFFER_DECLINED)
            await self.proposals.revise(
                Stage.FUNDING, stages.round + 1, declined, self._declined(), self.case.rules.revision
            )
            stages.round += 1
        stages.round += 1

    async def _taken_up(self, reservation: str, amount: Amount) -> bool:
        """Ask whether the money is still wanted. Silence gives it to the next in the queue."""
        self.funding.reservation, self._answer = reservation, None
        gates, rules = self.proposals.gates, self.case.rules
        opening = gates.opening(
            PartnershipGate.OFFER,
            f"{Stage.FUNDING}.offer",
            self.stages.round,
            question=f"Take up {amount}: it is reserved for you",
            roles=rules.coordinators,
            persons=(self.proposals.proposal.proposer,),
            subject={"reservation": reservation, "amount": amount.content()},
            terms=rules.offer or rules.revision,
            act=Act.DRAFT,
        )
        opened = self.case.entry(
            PartnershipAction.OFFER_OPENED,
            round=self.stages.round,
            effects=(TakesUp(reservation=reservation),),
        )
        await gates.open(opening, opened)
        if await gates.settle(opening.id, lambda: self._answer is not None):
            gates.close(opening.id, "lapsed")
            self.funding.give_back(PartnershipAction.OFFER_EXPIRED, TransferKind.EXPIRE)
            raise Ended(Status.LAPSED, "The money offered was not taken up in time.")
        answer: OfferAnswer | None = self._answer
        assert answer
        gates.close(opening.id, "accepted" if answer.accept else "declined")
        if not answer.accept:
            self.funding.give_back(PartnershipAction.RELEASED, TransferKind.VOID)
        return answer.accept

    def _declined(self) -> str:
        assert self._answer
        return f"The offer was declined: {self._answer.reason}"

    def _may_answer(self, answer: OfferAnswer, actor: Rights) -> Broken | None:
        if broken := self.proposals.gates.may_work(answer.gate, PartnershipGate.OFFER, actor):
            return broken
        return Broken(CaseRule.STAGE_OVER) if self._answer else None

    def _take_answer(self, answer: OfferAnswer, _: Rights) -> Entry:
        self._answer = answer
        accepted, declined = PartnershipAction.OFFER_ACCEPTED, PartnershipAction.OFFER_DECLINED
        return self.case.entry(
            accepted if answer.accept else declined,
            key=f"{answer.gate}:answered",
            actor=answer.actor,
            act=Act.DRAFT,
            reason=answer.reason,
        )


class Watch:
    """Looks whether there is an offer: at the beginning, and whenever the case is woken."""

    def __init__(self, waiting: Waiting, wanted: str) -> None:
        self.waiting = waiting
        self.wanted = wanted
        self._made = False
        self._woken = waiting.woken()

    async def look(self) -> None:
        """Ask whether there is an offer."""
        self._woken = self.waiting.woken()
        self._made = (await ask(Offers.offer, Wish(reservation=self.wanted), "offer?")).made
        if self._made:
            self.waiting.offered(self)

    async def run(self) -> None:
        """Until there is an offer, or nobody waits for it any more."""
        while self.waiting.watches(self) and not self._made:
            await self.waiting.case.wait(self._woken)
            await self.look()
