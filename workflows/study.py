"""The feasibility study: a contract, three deliverables, a finding. Each acceptance pays a tranche."""

import asyncio
from typing import Any

from pydantic import Field
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.amount import Amount
    from models.base import Message
    from models.duty import Act
    from models.panel import Outcome
    from models.partnership import GateRef, Proposal, Stage, Standing, Status
    from models.payment import PaymentStart
    from models.programme import Programme
    from models.record import Answer, Carried, Entry, GateKind
    from models.rights import Rights
    from models.rule import Broken, Rule
    from models.study import (
        Award,
        Deliverable,
        Delivery,
        StudyOutcome,
        StudyResult,
        finding_is_in_place,
        tranches,
    )
    from models.transfer import Transfer, TransferKind
    from workflows.casework import Ended
    from workflows.outliving import outliving
    from workflows.payment import Payment
    from workflows.termination import ContractEnded, Terminable


class StudyStart(Message):
    """The commitment that pays for the study, and whose study it is."""

    proposal: Proposal
    programme: Programme
    commitment: Amount
    """What all deliverables cost together."""
    reservation: str
    parts: tuple[Deliverable, ...] = tuple(Deliverable)
    """What is still to be delivered."""
    used: dict[str, int] = Field(default_factory=dict)
    """Rounds that an earlier contract has used up, by the name of the gate."""


@workflow.defn(name="study")
class Study(Terminable):
    """Carries one study from award to its finding; ends early when a deliverable is not accepted."""

    @workflow.init
    def __init__(self, start: StudyStart) -> None:
        super().__init__(start.proposal, start.programme, Standing(stage=Stage.STUDY), Carried())
        self.start = start
        self.delivered: Delivery | None = None
        self.part = start.parts[0]
        self.accepted: list[Deliverable] = []
        self.used = start.used
        self.by_signal("deliver", Delivery, self._deliver)

    @workflow.run
    async def run(self, start: StudyStart) -> StudyOutcome:
        """Award, then inception, interim and final; the outcome carries the finding."""
        try:
            contract = await self.award_contract()
            for part in start.parts:
                accepted = await self.obtain(part)
                self.accepted.append(part)
                await self.pay_tranche(part, accepted)
            outcome = StudyOutcome(result=_result(contract, accepted))
        except Ended as end:
            outcome = StudyOutcome(ending=end.ending)
        except ContractEnded:
            if self.session:
                self.close("terminated")
            outcome = StudyOutcome(terminated=True, accepted=tuple(self.accepted), used=self._rounds())
        except asyncio.CancelledError:
            await self.finish()
            raise
        await self.finish()
        return outcome

    async def obtain(self, part: Deliverable) -> Delivery:
        """One deliverable, handed in and accepted; returned ones are handed in again."""
        self.part = part
        rounds = min(self.programme.study.delivery.rounds, self.programme.study.acceptance.rounds)
        before = max(self.used.get(f"study.{part}-delivery", 0), self.used.get(f"study.{part}", 0))
        for round_ in range(before + 1, before + rounds + 1):
            delivery = await self._handed_in(part, round_)
            match await self._accepted(part, round_, delivery):
                case Outcome.APPROVED:
                    return delivery
                case Outcome.RETURNED:
                    continue
                case other:
                    raise Ended(
                        Status.ABANDONED, f"The {part} deliverable was {other}. {self.comments}".strip()
                    )
        raise Ended(Status.ABANDONED, f"The {part} deliverable: {Rule.ROUNDS_USED_UP.text}")

    def _rounds(self) -> dict[str, int]:
        """The last round of every gate so far."""
        refs = [GateRef.parse(gate) for gate in self._past]
        return self.used | {ref.name: ref.round for ref in refs}

    async def _handed_in(self, part: Deliverable, round_: int) -> Delivery:
        self.delivered = None
        terms = self.programme.study.delivery
        await self.task(
            GateKind.DELIVERY, f"study.{part}-delivery", round_, terms, f"Hand in the {part} deliverable"
        )
        if await self.sit(lambda: self.delivered is not None):
            self.close("lapsed")
            raise Ended(Status.LAPSED, f"The {part} deliverable was not handed in in time.")
        self.close("done")
        delivery: Delivery | None = self.delivered
        assert delivery
        return delivery

    async def _accepted(self, part: Deliverable, round_: int, delivery: Delivery) -> Outcome:
        await self.convene(
            f"study.{part}",
            round_,
            self.programme.study.acceptance,
            self.entry(f"{part} up for acceptance", round=round_),
            barred=(delivery.actor, self.proposal.proposer),
            question=f"Accept the {part} deliverable?",
            subject={"deliverable": part, "document": delivery.document, "finding": delivery.finding}
            | {"conditions": list(delivery.conditions)},
            act=Act.EVALUATE,
        )
        return await self.verdict()

    async def pay_tranche(self, part: Deliverable, accepted: Delivery) -> None:
        """Have the share of the commitment paid that this deliverable releases."""
        share = tranches(self.start.commitment, self.programme.study.tranches).get(part)
        key = f"{self.case}:study.{part}:tranche"
        payee = self.contract.contractor if self.contract else ""
        facts = {"deliverable": part, "payee": payee}
        due = self._transfer(key, TransferKind.ORDER, amount=share) if share else None
        self.note("tranche due", key=key, content_hash=accepted.document, facts=facts, transfer=due)
        if due and share and self.programme.payment:
            await self._pay(part, accepted, key, share)
        elif due:
            paid = self._transfer(f"{key}:paid", TransferKind.PAY, resolves=key)
            self.note("tranche disbursed", key=paid.key, facts=facts, transfer=paid)

    async def _pay(self, part: Deliverable, accepted: Delivery, key: str, share: Amount) -> None:
        """Start the payment, a life of its own: accepted work is paid, whatever becomes of the case."""
        assert self.contract
        start = PaymentStart(
            proposal=self.proposal,
            programme=self.programme,
            part=part,
            payee=self.contract.contractor,
            amount=share,
            reservation=self.start.reservation,
            order=key,
            document=accepted.document,
        )
        await outliving(Payment.run, start, f"partnership/{self.case}/payment/{part}")

    def _transfer(self, key: str, kind: TransferKind, **more: Any) -> Transfer:
        of = self.start.reservation
        return Transfer(key=key, kind=kind, fund=self.programme.sleeve, reservation=of, **more)

    @workflow.update
    async def deliver(self, delivery: Delivery) -> Answer:
        """Hand in the deliverable that is due."""
        return await self._deliver(delivery)

    @deliver.validator
    def _turn_away_delivery(self, delivery: Delivery) -> None:
        self.turn_away(delivery.gate)

    async def _deliver(self, delivery: Delivery) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self.may_work(delivery, GateKind.DELIVERY, actor):
                return broken
            if self.delivered:
                return Broken(Rule.STAGE_OVER)
            return None if finding_is_in_place(self.part, delivery) else Broken(Rule.FINDING)

        def accept() -> Entry:
            self.delivered = delivery
            return self.entry(
                f"{self.part} delivered",
                key=f"{delivery.gate}:delivered",
                actor=delivery.actor,
                act=Act.DELIVER,
                content_hash=delivery.document,
                facts={"finding": delivery.finding, "conditions": list(delivery.conditions)},
            )

        return await self.handle(delivery, judge, accept)


def _result(contract: Award, final: Delivery) -> StudyResult:
    assert final.finding
    return StudyResult(
        finding=final.finding,
        conditions=final.conditions,
        contractor=contract.contractor,
        final=final.document,
    )
