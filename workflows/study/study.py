"""The feasibility study: a contract, three deliverables and maybe milestones, a finding."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Answer, Entry, GateKind
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import GateRef, Status
    from models.study.study import Award, Delivery, StudyOutcome, StudyResult, finding_is_in_place
    from workflows.case.case import Ended
    from workflows.study.termination import ContractEnded
    from workflows.study.tranche import Releasing, StudyStart


@workflow.defn(name="study")
class Study(Releasing):
    """Carries one study from award to its finding; ends early when a deliverable is not accepted."""

    @workflow.init
    def __init__(self, start: StudyStart) -> None:
        super().__init__(start)
        self.delivered: Delivery | None = None
        self.part = ""
        self.used = start.used
        self.by_signal("deliver", Delivery, self._deliver)

    @workflow.run
    async def run(self, start: StudyStart) -> StudyOutcome:
        """Award, then inception, interim and final; the outcome carries the finding."""
        try:
            contract = await self.award_contract()
            self.count_days()
            for part in (step for step in self.programme.study.steps if step in start.parts):
                accepted = await self.obtain(part)
                await self.pay_tranche(part, accepted.document)
            await self.release_rest()
            outcome = StudyOutcome(result=_result(contract, accepted))
        except Ended as end:
            outcome = StudyOutcome(ending=end.ending)
        except ContractEnded:
            if self.session:
                self.close("terminated")
            outcome = StudyOutcome(terminated=True, accepted=tuple(self.over), used=self._rounds())
        except asyncio.CancelledError:
            await self.finish()
            raise
        finally:
            self.stop_clocks()
        await self.finish()
        return outcome

    async def obtain(self, part: str) -> Delivery:
        """A deliverable, or evidence of a milestone, handed in and accepted; what is returned again."""
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
                    raise Ended(Status.ABANDONED, f"The {self._named} was {other}. {self.comments}".strip())
        raise Ended(Status.ABANDONED, f"The {self._named}: {Rule.ROUNDS_USED_UP.text}")

    @property
    def _milestone(self) -> str | None:
        return next((t.milestone for t in self.programme.study.tranches if t.name == self.part), None)

    @property
    def _named(self) -> str:
        return f"milestone {self.part}" if self._milestone else f"{self.part} deliverable"

    def _rounds(self) -> dict[str, int]:
        """The last round of every gate so far."""
        refs = [GateRef.parse(gate) for gate in self._past]
        return self.used | {ref.name: ref.round for ref in refs}

    async def _handed_in(self, part: str, round_: int) -> Delivery:
        self.delivered = None
        terms = self.programme.study.delivery
        asked = f"Show: {self._milestone}" if self._milestone else f"Hand in the {part} deliverable"
        await self.task(GateKind.DELIVERY, f"study.{part}-delivery", round_, terms, asked)
        if await self.sit(lambda: self.delivered is not None):
            self.close("lapsed")
            raise Ended(Status.LAPSED, f"The {self._named} was not handed in in time.")
        self.close("done")
        delivery: Delivery | None = self.delivered
        assert delivery
        return delivery

    async def _accepted(self, part: str, round_: int, delivery: Delivery) -> Outcome:
        await self.convene(
            f"study.{part}",
            round_,
            self.programme.study.acceptance,
            self.entry(f"{part} up for acceptance", round=round_),
            barred=(delivery.actor, self.proposal.proposer),
            question=f"Reached: {self._milestone}?" if self._milestone else f"Accept the {part} deliverable?",
            subject={"deliverable": part, "document": delivery.document, "finding": delivery.finding}
            | {"conditions": list(delivery.conditions)},
            act=Act.EVALUATE,
        )
        return await self.verdict()

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
