"""The feasibility study: a contract, three deliverables and maybe milestones, a finding."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.approval import Verdict
    from models.case.case import Ending
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.study.action import StudyAction, StudyGate
    from models.study.rule import StudyRule
    from models.study.study import (
        KIND,
        Award,
        Delivery,
        StudyOutcome,
        StudyResult,
        StudyStart,
        Termination,
        finding_is_in_place,
    )
    from models.study.terms import StudyRules
    from workflows.case.case import CaseFile
    from workflows.case.children import tell_parent
    from workflows.case.ended import Ended
    from workflows.case.instruments import instruments
    from workflows.study.tender import Tendering
    from workflows.study.tranche import Tranches


@workflow.defn(name="study")
class Study:
    """Carries one study from award to its finding; ends early when a deliverable is not accepted."""

    @workflow.init
    def __init__(self, start: StudyStart) -> None:
        self.start = start
        self.case = CaseFile(start.case, KIND, StudyRules)
        messages, self.gates, self.panels, self.confirmations = instruments(self.case)
        self.tendering = Tendering(self.case, self.gates, self.panels, start)
        self.tranches = Tranches(self.case, start)
        self.delivered: Delivery | None = None
        self.part = ""
        self.rounds = dict(start.used)
        """The last round of every gate so far, by its name."""
        self.case.rerun.begins_with(lambda: start)
        self.case.at_the_end(self._stop_clocks)
        messages.takes("deliver", Delivery, self._may_deliver, self._deliver)
        messages.takes(
            "terminate",
            Termination,
            self._may_terminate,
            self._terminate,
            since=lambda one: self.confirmations.turn("termination", _of_the_contract(one)),
            anywhere=True,
        )

    @workflow.run
    async def run(self, start: StudyStart) -> Ending:
        """Award, then inception, interim and final; what it came to is on record for its partnership."""
        concluded = Ending(status="concluded", reason="The study is concluded.")
        ending = await self.case.carry_out(self._procedure, concluded)
        await tell_parent()
        return ending

    async def _procedure(self) -> None:
        contract = await self.tendering.award_contract()
        self.tranches.count_days(contract, self.tendering.awarded_at)
        for part in (step for step in self.case.rules.study.steps if step in self.start.parts):
            accepted = await self.obtain(part)
            await self.tranches.pay(part, contract, accepted.document)
        await self.tranches.release_rest(contract)
        self.case.outcome = StudyOutcome(result=_result(contract, accepted))

    async def obtain(self, part: str) -> Delivery:
        """A deliverable, or evidence of a milestone, handed in and accepted; what is returned again."""
        self.part = part
        terms = self.case.rules.study
        rounds = min(terms.delivery.rounds, terms.acceptance.rounds)
        used = self.start.used
        before = max(used.get(f"study.{part}-delivery", 0), used.get(f"study.{part}", 0))
        for round_ in range(before + 1, before + rounds + 1):
            self.rounds |= {f"study.{part}-delivery": round_, f"study.{part}": round_}
            delivery = await self._handed_in(part, round_)
            verdict = await self._accepted(part, round_, delivery)
            match verdict.outcome:
                case Outcome.APPROVED:
                    return delivery
                case Outcome.RETURNED:
                    continue
                case other:
                    raise Ended("abandoned", f"The {self._named} was {other}. {verdict.comments}".strip())
        raise Ended("abandoned", f"The {self._named}: {CaseRule.ROUNDS_USED_UP.text}")

    @property
    def _milestone(self) -> str | None:
        tranches = self.case.rules.study.tranches
        return next((tranche.milestone for tranche in tranches if tranche.name == self.part), None)

    @property
    def _named(self) -> str:
        return f"milestone {self.part}" if self._milestone else f"{self.part} deliverable"

    async def _handed_in(self, part: str, round_: int) -> Delivery:
        self.delivered = None
        terms = self.case.rules.study.delivery
        asked = f"Show: {self._milestone}" if self._milestone else f"Hand in the {part} deliverable"
        gate = await self.tendering.open_task(
            StudyGate.DELIVERY, f"study.{part}-delivery", round_, terms, asked, Act.DELIVER
        )
        if await self.gates.settle(gate, lambda: self.delivered is not None):
            self.gates.close(gate, "lapsed")
            raise Ended("lapsed", f"The {self._named} was not handed in in time.")
        self.gates.close(gate, "done")
        delivery: Delivery | None = self.delivered
        assert delivery
        return delivery

    async def _accepted(self, part: str, round_: int, delivery: Delivery) -> Verdict:
        subject: dict[str, Any] = {"deliverable": part, "document": delivery.document}
        subject |= {"finding": delivery.finding, "conditions": list(delivery.conditions)}
        verdict = await self.panels.convene(
            f"study.{part}",
            round_,
            self.case.rules.study.acceptance,
            self.case.entry(f"{part} up for acceptance", round=round_),
            barred=(delivery.actor, self.start.proposer),
            amount=self.start.commitment.minor,
            question=f"Reached: {self._milestone}?" if self._milestone else f"Accept the {part} deliverable?",
            subject=subject,
            act=Act.EVALUATE,
        )
        assert isinstance(verdict, Verdict), "no money moves with it"
        return verdict

    # -- messages -----------------------------------------------------------------------------

    def _may_deliver(self, delivery: Delivery, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(delivery.gate, StudyGate.DELIVERY, actor):
            return broken
        if self.delivered:
            return Broken(CaseRule.STAGE_OVER)
        return None if finding_is_in_place(self.part, delivery) else Broken(StudyRule.FINDING)

    def _deliver(self, delivery: Delivery, _: Rights) -> Entry:
        self.delivered = delivery
        return self.case.entry(
            f"{self.part} delivered",
            key=f"{delivery.gate}:delivered",
            actor=delivery.actor,
            act=Act.DELIVER,
            content_hash=delivery.document,
            facts={"finding": delivery.finding, "conditions": list(delivery.conditions)},
        )

    def _may_terminate(self, termination: Termination, actor: Rights) -> Broken | None:
        roles = {*self.case.rules.study.award.roles, *self.case.rules.coordinators}
        if not roles & set(actor.actor.roles):
            return Broken(CaseRule.ROLE_NOT_HELD)
        if self.tendering.contract is None or self.case.interrupted:
            return Broken(CaseRule.STAGE_OVER, "There is no contract to end.")
        return self.confirmations.judge("termination", _of_the_contract(termination), actor)

    def _terminate(self, termination: Termination, actor: Rights) -> Entry:
        contract = self.tendering.contract
        assert contract
        fields = {"actor": termination.actor, "reason": termination.reason}
        if not self.confirmations.settle("termination", _of_the_contract(termination), actor):
            key = f"{termination.gate}:termination:{termination.digest()[:12]}"
            return self.case.entry(StudyAction.TERMINATION_ASKED, key=key, **fields)
        self.case.interrupt(Ended("terminated", termination.reason))
        accepted = tuple(self.tranches.over)
        rounds = self.rounds | {"study.award": int(contract.gate.rpartition(":")[2])}
        self.case.outcome = StudyOutcome(terminated=True, accepted=accepted, used=rounds)
        facts = {"contractor": contract.contractor}
        return self.case.entry(
            StudyAction.TERMINATED, key=f"{contract.gate}:terminated", facts=facts, **fields
        )

    def _stop_clocks(self, _: Ending) -> None:
        self.tranches.stop_clocks()


def _of_the_contract(termination: Termination) -> Termination:
    """Two people end a contract, at whatever gate of its study they say so."""
    return termination.model_copy(update={"gate": "study"})


def _result(contract: Award, final: Delivery) -> StudyResult:
    assert final.finding
    return StudyResult(
        finding=final.finding,
        conditions=final.conditions,
        contractor=contract.contractor,
        final=final.document,
    )
