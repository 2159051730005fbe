"""Follow-up: action plans after the return, and months later a look at what became of them."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.duty import Act
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken
    from models.training.action import CohortAction, CohortGate
    from models.training.cohort import Stage, Status, begins
    from models.training.course import ActionPlan, ExPost
    from models.training.enrolment import EnrolmentState
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.gates import Gates
    from workflows.training.roster import Roster
    from workflows.training.tasks import Tasks

_S = EnrolmentState


class FollowUp:
    """Asks for action plans, and later for what became of them. Who does not answer is reminded, by name."""

    def __init__(self, case: CaseFile[CohortTerms], gates: Gates, tasks: Tasks, roster: Roster) -> None:
        self.case = case
        self.gates = gates
        self.tasks = tasks
        self.roster = roster
        takes = gates.messages.takes
        takes(
            "file_plan", ActionPlan, self._may_file, self._file, restore=lambda _, __: None
        )  # the roster has it
        takes("check_ex_post", ExPost, self._may_check, self._check, restore=lambda _, __: None)

    async def follow(self) -> None:
        """Action plans, then the check; what is missing at the end of its time stays missing."""
        if not self.roster.in_state(_S.CERTIFIED, _S.PLAN_FILED, _S.CHECKED):
            return
        terms = self.case.rules.follow_up
        told = self.roster.letters(self.roster.in_state(_S.CERTIFIED))
        await self.tasks.done(
            CohortGate.ACTION_PLANS,
            1,
            terms.plan,
            self.case.entry(CohortAction.PLANS_AWAITED, effects=told),
            lambda: not self.roster.in_state(_S.CERTIFIED),
            question="File the action plan of every official who was certified",
            roles=self.case.rules.nominators,
            organisations=self.roster.asked(self.roster.in_state(_S.CERTIFIED)),
            act=Act.DELIVER,
        )
        await self._until_the_check()
        checked = self.case.move(Stage.FOLLOWED_UP, Status.OPEN, CohortAction.CHECKS_AWAITED)
        await self.tasks.done(
            CohortGate.EX_POST,
            1,
            terms.check,
            checked,
            lambda: not self.roster.in_state(_S.PLAN_FILED),
            question="Say of every action plan what became of it",
            roles=self.case.rules.coordinators,
        )

    async def _until_the_check(self) -> None:
        day = self.roster.plan.ends + timedelta(days=self.case.rules.follow_up.check_after_days)
        wait = begins(day, self.case.rules.zone) - self.case.now()
        if wait > timedelta():
            await self.case.until(workflow.sleep(wait, summary="ex-post check"))

    # -- messages -----------------------------------------------------------------------------

    def _may_file(self, plan: ActionPlan, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(plan.gate, CohortGate.ACTION_PLANS, actor):
            return broken
        broken = self.roster.own(plan.nominee, actor)
        return broken or self.roster.may_become(plan.nominee, _S.PLAN_FILED)

    def _file(self, plan: ActionPlan, _: Rights) -> Entry:
        enrols = self.roster.become(plan.nominee, _S.PLAN_FILED)
        return self.roster.entry(
            CohortAction.PLAN_FILED,
            plan.nominee,
            (enrols,),
            actor=plan.actor,
            act=Act.DELIVER,
            content_hash=plan.document,
        )

    def _may_check(self, check: ExPost, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(check.gate, CohortGate.EX_POST, actor):
            return broken
        return self.roster.may_become(check.nominee, _S.CHECKED)

    def _check(self, check: ExPost, _: Rights) -> Entry:
        enrols = self.roster.become(check.nominee, _S.CHECKED, reason=check.note)
        return self.roster.entry(
            CohortAction.CHECKED,
            check.nominee,
            (enrols,),
            actor=check.actor,
            reason=check.note,
            facts={"finding": check.finding},
        )
