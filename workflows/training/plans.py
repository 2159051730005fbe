"""The plan of a cohort: published by somebody else than its planner, revised when it is returned."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.approval import Verdict
    from models.case.duty import Act
    from models.case.effects import Begins
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.money.effects import StopsWaiting
    from models.training.action import CohortAction, CohortGate
    from models.training.cohort import Plan, Replanning, Stage, Status
    from models.training.effects import Plans as Planned
    from models.training.rule import TrainingRule
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.ended import Ended
    from workflows.case.panels import Panels
    from workflows.training.roster import Roster
    from workflows.training.tasks import Tasks


class Plans:
    """Has the plan published."""

    def __init__(
        self, case: CaseFile[CohortTerms], panels: Panels, tasks: Tasks, roster: Roster, first: Plan
    ) -> None:
        self.case = case
        self.panels = panels
        self.tasks = tasks
        self.roster = roster
        self.first = first
        self.current = first
        """What is before the panels of this round; on the roster it is as it is now."""
        self.round = 1
        self.planners: tuple[str, ...] = (first.planner,)
        """Whoever handed in a version has no vote on any."""
        self._revised = False
        panels.gates.messages.takes(
            "replan", Replanning, self._may_replan, self._replan, restore=self._restore
        )

    def register(self) -> None:
        """Put the plan on record; one that does not fit its programme goes no further."""
        self.case.note(
            CohortAction.PLANNED,
            key=f"{self.case.number}:planned",
            actor=self.first.planner,
            act=Act.DRAFT,
            attested=self.case.terms.attested,
            content_hash=self.first.digest(),
            effects=(Planned(plan=self.first),),
        )
        if problem := self.case.rules.refuses(self.first):
            raise Ended(Status.REJECTED, problem)

    async def publish(self) -> None:
        """Rounds of publication and revision, until somebody else than the planner publishes the plan."""
        terms = self.case.rules.publication
        while True:
            opened = self.case.move(Stage.PLANNED, Status.OPEN, "publication opened", round=self.round)
            verdict = await self.panels.convene(
                "training.publication",
                self.round,
                terms,
                opened,
                barred=self.planners,
                amount=self.current.budget.minor,
                question="Publish the plan of the cohort",
                subject=self.current.content(),
                act=Act.CLEAR,
            )
            assert isinstance(verdict, Verdict), "no money moves with it"
            if verdict.outcome is Outcome.APPROVED:
                return
            await self.after_no(verdict)

    async def after_no(self, verdict: Verdict) -> None:
        """Ask for a revision where one is allowed; otherwise the cohort ends here."""
        if verdict.outcome is Outcome.LAPSED:
            raise Ended(Status.LAPSED, CaseRule.DEADLINE_PASSED.text)
        if verdict.outcome is not Outcome.RETURNED:
            raise Ended(Status.REJECTED, verdict.comments)
        await self.revise(verdict.comments)

    async def revise(self, points: str) -> None:
        """Wait for a plan that answers ``points``; the next round follows."""
        if self.round >= self.case.rules.publication.rounds:
            raise Ended(Status.REJECTED, f"{CaseRule.ROUNDS_USED_UP.text} {points}".strip())
        self._revised = False
        returned = self.case.move(
            Stage.PLANNED, Status.RETURNED, CohortAction.REVISION_AWAITED, round=self.round, reason=points
        ).with_effects(StopsWaiting())
        in_time = await self.tasks.done(
            CohortGate.REVISION,
            self.round,
            self.case.rules.revision,
            returned,
            lambda: self._revised,
            question=f"Revise the plan of the cohort: {points or 'no comment was given'}"[:500],
            roles=self.case.rules.coordinators,
            act=Act.DRAFT,
        )
        if not in_time:
            raise Ended(Status.LAPSED, "The plan was not revised in time.")
        self.round += 1

    # -- messages -----------------------------------------------------------------------------

    def _may_replan(self, revised: Replanning, actor: Rights) -> Broken | None:
        if broken := self.panels.gates.may_work(revised.gate, CohortGate.REVISION, actor):
            return broken
        if self._revised:
            return Broken(CaseRule.STAGE_OVER)
        plan, before = revised.plan, self.current
        same = ("case", "planner", "programme")
        if any(getattr(plan, name) != getattr(before, name) for name in same):
            return Broken(CaseRule.ANOTHER_CASE)
        if plan == before:
            return Broken(CaseRule.NOTHING_CHANGED)
        problem = self.case.rules.refuses(plan)
        return Broken(TrainingRule.PLAN, problem) if problem else None

    def _replan(self, revised: Replanning, _: Rights) -> Entry:
        self.roster.plan = revised.plan
        self._adopt(revised)
        return self.case.entry(
            CohortAction.REPLANNED,
            key=f"{revised.gate}:replanned",
            actor=revised.actor,
            act=Act.DRAFT,
            content_hash=revised.plan.digest(),
            effects=(Begins(case=self.case.case, standing=self.case.standing), Planned(plan=revised.plan)),
        )

    def _restore(self, revised: Replanning, _: Accepted) -> None:
        """The roster has the plan as it is now, which may be a later one."""
        self._adopt(revised)

    def _adopt(self, revised: Replanning) -> None:
        plan, case = revised.plan, self.case.case
        self._revised, self.current = True, plan
        self.planners = (*self.planners, revised.actor)
        countries = (case.countries[0], *(quota.country for quota in plan.quotas))
        changed = {"title": plan.title, "amount": plan.budget, "countries": countries}
        self.case.case = case.model_copy(update=changed)
