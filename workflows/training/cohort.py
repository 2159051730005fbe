"""A cohort: planned, published, funded; officials nominated, seated, trained, certified, followed up."""

from typing import TypedDict

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from models.case.action import CaseAction
    from models.case.case import Ending
    from models.case.effects import Tells
    from models.text import markdown
    from models.training.action import CohortAction
    from models.training.cohort import KIND, CohortStart, Status
    from models.training.enrolment import BEFORE_THE_COURSE, EnrolmentState
    from models.training.letters import is_over
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.instruments import instruments
    from workflows.training.budget import Budget
    from workflows.training.certification import Certification
    from workflows.training.course import Course
    from workflows.training.follow_up import FollowUp
    from workflows.training.merger import Merger
    from workflows.training.nominations import Nominations
    from workflows.training.orders import Orders
    from workflows.training.plans import Plans
    from workflows.training.roster import Roster
    from workflows.training.screening import Screening
    from workflows.training.seating import Seating
    from workflows.training.settlement import Settlement
    from workflows.training.substitution import Substitutions
    from workflows.training.tasks import Tasks

STAGE = SearchAttributeKey.for_keyword("AccordStage")
STATUS = SearchAttributeKey.for_keyword("AccordStatus")


class CohortStatus(TypedDict):
    """What the query ``status`` answers."""

    case: str
    standing: str
    gates: list[str]


@workflow.defn(name="cohort")
class Cohort:
    """Carries one cohort from its plan to the ex-post check."""

    @workflow.init
    def __init__(self, start: CohortStart) -> None:
        self.case = CaseFile(start.case, KIND, CohortTerms)
        messages, self.gates, panels, confirmations = instruments(self.case)
        tasks = Tasks(self.case, self.gates)
        self.roster = Roster(self.case, start.plan)
        self.plans = Plans(self.case, panels, tasks, self.roster, start.plan)
        self.budget = Budget(self.case, panels, self.plans)
        self.nominations = Nominations(self.case, self.gates, tasks, self.roster)
        self.screening = Screening(self.case, panels, tasks, self.roster)
        self.seating = Seating(self.case, self.gates, tasks, self.roster)
        Substitutions(messages, confirmations, self.roster, self.seating)
        self.orders = Orders(self.case, messages, confirmations, tasks, self.roster, self.budget)
        self.merger = Merger(messages, self.roster)
        self.course = Course(self.case, self.gates, tasks, self.roster)
        self.certification = Certification(self.case, panels, confirmations, tasks, self.roster)
        self.settlement = Settlement(self.case, messages, confirmations, tasks, self.roster, self.budget)
        self.follow_up = FollowUp(self.case, self.gates, tasks, self.roster)
        self.case.rerun.begins_with(lambda: start)
        self.case.at_rest(self._publish)
        self.case.at_the_end(self._tell)
        self.case.at_the_end(self.merger.pass_on)
        self._shown = (str(self.case.standing.stage), str(self.case.standing.status))

    @workflow.run
    async def run(self, start: CohortStart) -> Ending:
        """The procedure. The ending says how the cohort closed, and why."""
        followed_up = Ending(status=Status.CLOSED, reason="The cohort is followed up.")
        return await self.case.carry_out(self._procedure, followed_up)

    async def _procedure(self) -> None:
        await self.roster.load()
        self.plans.register()
        await self.plans.publish()
        await self.budget.commit()
        await self.nominations.collect()
        await self.screening.screen()
        await self.give_seats()
        await self.course.hold()
        await self.certification.certify()
        await self.case.together(self.follow_up.follow(), self.settlement.settle())

    async def give_seats(self) -> None:
        """Until the course has begun with enough participants."""
        self.seating.enter()
        while not self.course.has_begun:
            await self.seating.until_cut_off()
            if await self.orders.enough() and await self.course.begin():
                return
        await self.course.begin()

    def _tell(self, ending: Ending) -> None:
        """Whoever was still to come is told that the cohort is over for them, on record."""
        self.case.note(CaseAction.CLOCKS_STOPPED, reason=ending.reason)
        left = self.roster.in_state(*sorted(BEFORE_THE_COURSE, key=str))
        if ending.status != Status.CLOSED:
            left = (*left, *self.roster.in_state(EnrolmentState.ATTENDING))
        for one in left:
            enrols = self.roster.become(one.nominee, EnrolmentState.CANCELLED)
            self.case.journal.add(self.roster.entry(CohortAction.ENDED_FOR, one.nominee, (enrols,)))
        rules = self.case.terms.rules
        letter = is_over(
            self.case.number,
            self.roster.plan.title,
            ending.status,
            ending.reason,
            rules.coordinators if rules else (),
            self.roster.authorities,
        )
        self.case.note(CaseAction.TOLD, effects=(Tells(notice=letter),))

    def _publish(self) -> None:
        """Let lists and the Temporal UI show where the cohort stands."""
        standing = self.case.standing
        shown = (str(standing.stage), str(standing.status))
        if shown == self._shown:
            return
        self._shown = shown
        workflow.upsert_search_attributes([STAGE.value_set(shown[0]), STATUS.value_set(shown[1])])
        title = self.roster.plan.title
        workflow.set_current_details(f"**{self.case.number}** {markdown(title)}\n\n**At:** {standing}")

    @workflow.query
    def status(self) -> CohortStatus:
        """Where the cohort stands and what it waits for."""
        return {
            "case": self.case.number,
            "standing": str(self.case.standing),
            "gates": list(self.gates.open_now),
        }
