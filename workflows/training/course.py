"""The course: it begins on its first day, attendance is handed in, it ends."""

from datetime import date, datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.deadline import day_in
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.training.action import CohortAction, CohortGate
    from models.training.cohort import Stage, Status, begins
    from models.training.course import Mark, Sheet, SheetsClosed
    from models.training.effects import Attends
    from models.training.enrolment import SINCE_THE_COURSE, TAKES_PART, EnrolmentState
    from models.training.rule import TrainingRule
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.gates import Gates
    from workflows.training.roster import Roster
    from workflows.training.tasks import Tasks

_S = EnrolmentState


class Course:
    """Has the course held, and its attendance on record."""

    def __init__(self, case: CaseFile[CohortTerms], gates: Gates, tasks: Tasks, roster: Roster) -> None:
        self.case = case
        self.gates = gates
        self.tasks = tasks
        self.roster = roster
        self.closed = False
        """Whether there are no more sheets to come."""
        takes = gates.messages.takes
        self._revisions: dict[date, int] = {}
        """The number of the last sheet of each day."""
        takes("hand_in_sheet", Sheet, self._may_hand_in, self._hand_in, restore=self._restore_sheet)
        takes("close_sheets", SheetsClosed, self._may_close, self._close, restore=self._restore_close)
        takes("mark", Mark, self._may_mark, self._mark)

    @property
    def has_begun(self) -> bool:
        """Whether the roster shows that it has: a run that goes the same way again gives no seats then."""
        return bool(self.roster.in_state(*SINCE_THE_COURSE))

    async def begin(self) -> bool:
        """Wait for the first day, and let whoever takes part attend. False: it was postponed meanwhile."""
        starts = self.roster.plan.starts
        if not await self._until(begins(starts, self.case.rules.zone), "the course begins"):
            return False
        self.case.journal.add(self.case.move(Stage.RUNNING, Status.OPEN, CohortAction.STARTED))
        for one in self.roster.in_state(*TAKES_PART):
            enrols = self.roster.become(one.nominee, _S.ATTENDING)
            self.case.journal.add(self.roster.entry("attending", one.nominee, (enrols,)))
        self._leave(_S.ACCEPTED, _S.LAPSED, CohortAction.NOT_CONFIRMED)
        self._leave(_S.WAITLISTED, _S.NO_SEAT, CohortAction.NO_SEAT)
        return True

    def _leave(self, of: EnrolmentState, to: EnrolmentState, action: CohortAction) -> None:
        """The course begins without these; their authorities are told."""
        for one in self.roster.in_state(of):
            enrols = self.roster.become(one.nominee, to)
            letters = self.roster.letters([self.roster.known(one.nominee)])
            self.case.journal.add(self.roster.entry(action, one.nominee, (enrols, *letters)))

    async def hold(self) -> None:
        """Until the last day is over and the sheets are there, or their time has passed."""
        after = self.roster.plan.ends + timedelta(days=1)
        await self._until(begins(after, self.case.rules.zone), "the course ends")
        await self.tasks.done(
            CohortGate.ATTENDANCE,
            1,
            self.case.rules.attendance,
            self.case.entry(CohortAction.SHEETS_AWAITED),
            lambda: self.closed,
            question="Hand in the last attendance sheets",
            roles=self.case.rules.institutes,
        )
        self.closed = True

    async def _until(self, at: datetime, what: str) -> bool:
        """Rest until ``at``. False: the course was postponed before that."""
        starts = self.roster.plan.starts
        wait = at - self.case.now()
        if wait <= timedelta():
            return True
        alarm = self.case.sleep(wait, what)
        try:
            await self.case.rest(lambda: alarm.done() or self.roster.plan.starts != starts)
        finally:
            alarm.cancel()
        return self.roster.plan.starts == starts

    # -- messages -----------------------------------------------------------------------------

    def _may_teach(self, actor: Rights) -> Broken | None:
        """Why this person may say nothing about attendance, or None: it is for the institute of the plan."""
        if not set(self.case.rules.institutes) & set(actor.actor.roles):
            return Broken(CaseRule.ROLE_NOT_HELD)
        if actor.actor.organisation != self.roster.plan.institute:
            return Broken(CaseRule.NOT_A_MEMBER, f"({self.roster.plan.institute})")
        return None

    def _may_hand_in(self, sheet: Sheet, actor: Rights) -> Broken | None:
        if broken := self._may_teach(actor):
            return broken
        if self.case.standing.stage != Stage.RUNNING or self.closed:
            return Broken(TrainingRule.NOT_NOW)
        today, plan = day_in(self.case.rules.zone, self.case.now()), self.roster.plan
        if not plan.starts <= sheet.day <= min(plan.ends, today):
            return Broken(TrainingRule.DAY, f"({sheet.day})")
        last = self._revisions.get(sheet.day)
        if last is not None and sheet.revision <= last:
            return Broken(TrainingRule.SHEET, f"({sheet.day}: revision {last + 1} is the next)")
        attending = {one.nominee for one in self.roster.in_state(_S.ATTENDING)}
        strangers = sorted(set(sheet.absent) - attending)
        return Broken(TrainingRule.UNKNOWN_NOMINEE, f"({strangers[0]})") if strangers else None

    def _hand_in(self, sheet: Sheet, _: Rights) -> Entry:
        self._revisions[sheet.day] = sheet.revision
        there = (one.nominee for one in self.roster.in_state(_S.ATTENDING))
        present = tuple(nominee for nominee in there if nominee not in sheet.absent)
        effect = Attends(day=sheet.day.isoformat(), present=present, absent=tuple(sorted(set(sheet.absent))))
        return self.case.entry(
            CohortAction.ATTENDANCE,
            key=f"{self.case.number}:sheet:{sheet.day}:{sheet.digest()[:16]}",
            actor=sheet.actor,
            facts={"day": sheet.day.isoformat(), "present": len(present), "absent": len(effect.absent)},
            effects=(effect,),
        )

    def _restore_sheet(self, sheet: Sheet, _: Accepted) -> None:
        self._revisions[sheet.day] = sheet.revision

    def _may_close(self, closing: SheetsClosed, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(closing.gate, CohortGate.ATTENDANCE, actor):
            return broken
        if broken := self._may_teach(actor):
            return broken
        return Broken(CaseRule.STAGE_OVER) if self.closed else None

    def _close(self, closing: SheetsClosed, _: Rights) -> Entry:
        self.closed = True
        key = f"{closing.gate}:sheets-closed"
        return self.case.entry(CohortAction.SHEETS_CLOSED, key=key, actor=closing.actor)

    def _restore_close(self, _: SheetsClosed, __: Accepted) -> None:
        self.closed = True

    def _may_mark(self, mark: Mark, actor: Rights) -> Broken | None:
        if self._may_teach(actor) and (broken := self.roster.may_coordinate(actor)):
            return broken
        if self.case.standing.stage != Stage.RUNNING or self.closed:
            return Broken(TrainingRule.NOT_NOW)
        return self.roster.may_become(mark.nominee, mark.as_)

    def _mark(self, mark: Mark, _: Rights) -> Entry:
        enrols = self.roster.become(mark.nominee, mark.as_, reason=mark.reason)
        letters = self.roster.letters([self.roster.known(mark.nominee)])
        return self.roster.entry(
            CohortAction.MARKED,
            mark.nominee,
            (enrols, *letters),
            actor=mark.actor,
            reason=mark.reason,
        )
