"""Nominations: each country nominates its own people, all at once, until its time is over or it says so."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.duty import Act
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.training.action import CohortAction, CohortGate
    from models.training.cohort import MOST_NOMINEES, Stage, Status
    from models.training.enrolment import Enrolment, EnrolmentState
    from models.training.nomination import Nomination, NominationsEnd, NomineeWithdrawal
    from models.training.rule import TrainingRule
    from models.training.seats import most_nominees
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.gates import Gates
    from workflows.training.roster import Roster
    from workflows.training.tasks import Tasks


class Nominations:
    """Takes nominations and withdrawals."""

    def __init__(self, case: CaseFile[CohortTerms], gates: Gates, tasks: Tasks, roster: Roster) -> None:
        self.case = case
        self.gates = gates
        self.tasks = tasks
        self.roster = roster
        self.ended: set[str] = set()
        """Countries that nominate nobody else."""
        takes = gates.messages.takes
        takes(
            "nominate",
            Nomination,
            self._may_nominate,
            self._nominate,
            since=lambda nomination: roster.withdrawals(nomination.nominee),
            prepare=lambda nomination: roster.look_up(nomination.nominee, nomination.dossier),
            restore=_is_on_the_roster,
        )
        takes("end_nominations", NominationsEnd, self._may_end, self._end, restore=self._restore_end)
        takes(
            "withdraw_nominee",
            NomineeWithdrawal,
            self._may_withdraw,
            self._withdraw,
            since=lambda withdrawal: roster.nominations(withdrawal.nominee),
        )

    async def collect(self) -> None:
        """Wait until every country has said that it nominates nobody else, or its time is over."""
        await self.tasks.done(
            CohortGate.NOMINATIONS,
            1,
            self.case.rules.nomination,
            self.case.move(Stage.NOMINATIONS_OPEN, Status.OPEN, CohortAction.NOMINATIONS_OPENED),
            lambda: self.ended >= {quota.country for quota in self.roster.plan.quotas},
            question=f"Nominate officials for: {self.roster.plan.title}"[:500],
            roles=self.case.rules.nominators,
            organisations=self.roster.asked(),
            act=Act.DRAFT,
        )

    # -- messages -----------------------------------------------------------------------------

    def _may_speak(self, message: Nomination | NominationsEnd, actor: Rights) -> Broken | None:
        """Why nothing can be said for this country at the gate for nominations, or None."""
        if broken := self.gates.may_work(message.gate, CohortGate.NOMINATIONS, actor):
            return broken
        if broken := self.roster.may_speak_for(message.country, actor):
            return broken
        return Broken(CaseRule.STAGE_OVER) if message.country in self.ended else None

    def _may_nominate(self, nomination: Nomination, actor: Rights) -> Broken | None:
        if broken := self._may_speak(nomination, actor):
            return broken
        if not nomination.nominee.startswith(f"{nomination.country.lower()}-"):
            return Broken(TrainingRule.OTHER_COUNTRY, f"({nomination.nominee})")
        if broken := self.roster.may_enrol(nomination.nominee, nomination.dossier):
            return broken
        before = self.roster.find(nomination.nominee)
        if before is None or before.state is EnrolmentState.WITHDRAWN:
            return self._room(nomination.country)
        if before.dossier == nomination.dossier:
            return Broken(TrainingRule.ONCE_PER_COHORT)
        more = before.state in (EnrolmentState.NOMINATED, EnrolmentState.COMPLETE)
        return None if more else Broken(TrainingRule.ONCE_PER_COHORT)

    def _room(self, country: str) -> Broken | None:
        """Why a country may nominate nobody else, or None."""
        there = [one for one in self.roster.all if one.state is not EnrolmentState.WITHDRAWN]
        most = most_nominees(self.roster.plan, country)
        many = sum(one.country == country for one in there) >= most or len(there) >= MOST_NOMINEES
        return Broken(TrainingRule.TOO_MANY_NOMINEES, f"({most})") if many else None

    def _nominate(self, nomination: Nomination, _: Rights) -> Entry:
        missing = [kind for kind in self.roster.plan.documents if kind not in nomination.documents]
        enrols = self.roster.put(
            Enrolment(
                nominee=nomination.nominee,
                country=nomination.country,
                authority=nomination.actor,
                state=EnrolmentState.NOMINATED if missing else EnrolmentState.COMPLETE,
                dossier=nomination.dossier,
                nominations=self.roster.nominations(nomination.nominee) + 1,
                withdrawals=self.roster.withdrawals(nomination.nominee),
                changes=self.roster.changes(nomination.nominee) + 1,
            )
        )
        return self.roster.entry(
            CohortAction.NOMINATED,
            nomination.nominee,
            (enrols,),
            actor=nomination.actor,
            act=Act.DRAFT,
            content_hash=nomination.dossier,
            facts={"missing": missing},
        )

    def _may_end(self, end: NominationsEnd, actor: Rights) -> Broken | None:
        return self._may_speak(end, actor)

    def _end(self, end: NominationsEnd, _: Rights) -> Entry:
        self.ended.add(end.country)
        return self.case.entry(
            CohortAction.NOMINATIONS_ENDED,
            key=f"{end.gate}:ended:{end.country}",
            actor=end.actor,
            facts={"country": end.country},
        )

    def _restore_end(self, end: NominationsEnd, _: Accepted) -> None:
        self.ended.add(end.country)

    def _may_withdraw(self, withdrawal: NomineeWithdrawal, actor: Rights) -> Broken | None:
        if broken := self.roster.own(withdrawal.nominee, actor):
            return broken
        return self.roster.may_become(withdrawal.nominee, EnrolmentState.WITHDRAWN)

    def _withdraw(self, withdrawal: NomineeWithdrawal, _: Rights) -> Entry:
        gone = EnrolmentState.WITHDRAWN
        times = self.roster.withdrawals(withdrawal.nominee) + 1
        enrols = self.roster.become(withdrawal.nominee, gone, reason=withdrawal.reason, withdrawals=times)
        return self.roster.entry(
            CohortAction.WITHDRAWN,
            withdrawal.nominee,
            (enrols,),
            actor=withdrawal.actor,
            reason=withdrawal.reason,
        )


def _is_on_the_roster(_: Nomination, __: Accepted) -> None:
    """A nomination is not taken over a second time."""
