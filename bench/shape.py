"""Own shape: what the engine alone costs for a lifecycle shaped like ours. Nothing happens inside.

It has the same children, activities (sync, on threads, eager; local ones for rights, terms and conclusions),
updates with a validator, deadline alarms, signals of children, search-attribute upserts, and payloads built
from the same models; but no rule, no database, no mail and no log. When ours changes its shape, this must
follow: `python -m bench.breakdown` prints what a lifecycle of either leaves behind, side by side.
"""

from temporalio import workflow

from bench.payload import paying, proposing
from bench.shape_case import ShapeCase
from models.agreement.agreement import AgreementStart
from models.case.case import Case, Ending
from models.partnership.partnership import PartnershipStart
from models.study.study import Deliverable, StudyStart

_PARTS = tuple(f"study.{part}{step}" for part in Deliverable for step in ("-delivery", ""))
STUDY = (("study.award", 1), *((part, 1) for part in _PARTS))
AGREEMENT = (("agreement.text", 1), ("agreement.clearance", 1), ("agreement.signing", 2))


@workflow.defn(name="shape-study")
class ShapeStudy:
    """Seven gates, as a child."""

    @workflow.init
    def __init__(self, start: StudyStart) -> None:
        self.case = ShapeCase(start.case)

    @workflow.run
    async def run(self, start: StudyStart) -> Ending:
        """Award, then three deliverables, handed in, accepted and paid."""
        await self.case.load()
        await self.case.open_each(STUDY, paid=True)
        return await self.case.finish()


@workflow.defn(name="shape-agreement")
class ShapeAgreement:
    """Three gates, as a child."""

    @workflow.init
    def __init__(self, start: AgreementStart) -> None:
        self.case = ShapeCase(start.case)

    @workflow.run
    async def run(self, start: AgreementStart) -> Ending:
        """Text, clearance, signatures."""
        await self.case.load()
        await self.case.open_each(AGREEMENT)
        self.case.note(f"{self.case.case.number}:agreement:0:in force")
        return await self.case.finish()


@workflow.defn(name="shape")
class Shape:
    """A lifecycle."""

    @workflow.init
    def __init__(self, start: PartnershipStart) -> None:
        self.case = ShapeCase(start.case)

    @workflow.run
    async def run(self, start: PartnershipStart) -> Ending:
        """Review and funding, two children, launch."""
        number = self.case.case.number
        await self.case.load()
        self.case.note(f"{number}:proposed", *proposing(start))
        await self.case.open("review", 2, show="review")
        await self.case.open("funding", 2, show="funding")
        self.case.note(f"{number}:funding:1:post", *paying(number))
        await self.case.carry("shape-study", self._study(start), "study")
        agreement = AgreementStart(case=self._part("agreement"), proposer=start.proposal.proposer)
        await self.case.carry("shape-agreement", agreement, "agreement")
        await self.case.open("launch", 1, show="launch")
        for action in ("clocks stopped", "money blocked", "decommit", "told everyone"):
            self.case.note(f"{number}:launch:0:{action}")
        self.case.show("launched")
        return await self.case.finish()

    def _part(self, kind: str) -> Case:
        return self.case.case.part(kind, kind)

    def _study(self, start: PartnershipStart) -> StudyStart:
        proposal = start.proposal
        return StudyStart(
            case=self._part("study"),
            commitment=proposal.requested,
            reservation=f"{proposal.case}:funding:1:reserve",
            parts=tuple(Deliverable),
            what=proposal.study,
            proposer=proposal.proposer,
        )
