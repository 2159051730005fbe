"""The roster: who is enrolled in a cohort, and its plan, as they are now."""

from collections.abc import Iterable
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.training.questions import CohortQuestions
    from models.case.effects import Tells
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.training.cohort import Plan, Stage
    from models.training.effects import Enrols
    from models.training.enrolment import BEFORE_THE_COURSE, Enrolment, EnrolmentState
    from models.training.letters import where_they_stand
    from models.training.questions import NomineeFound, NomineeWanted, RosterFound, RosterWanted
    from models.training.rule import TrainingRule
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.rights import ask


class Roster:
    """The enrolments of a cohort. Every change is written with the entry that it belongs to.

    A run that goes the same way again does not go through hundreds of messages: it takes plan and enrolments
    from the record as they are, so what is said about nominees is never taken over a second time.
    """

    def __init__(self, case: CaseFile[CohortTerms], plan: Plan) -> None:
        self.case = case
        self.plan = plan
        self._by_id: dict[str, Enrolment] = {}
        self._registered: dict[tuple[str, str], str] = {}
        """What keeps those from a certificate who were looked up, each with the dossier, and are not enrolled
        with it yet."""
        case.rerun.after_reset(self.load)

    async def load(self) -> None:
        """Take everything from the record."""
        self._by_id, plan = await self._read()
        self.plan = plan or self.plan

    async def look_again(self) -> None:
        """Take from the record whom nobody knows here: another cohort was merged into this one."""
        found, _ = await self._read()
        self._by_id = found | self._by_id
        self.case.journal.moves += 1

    async def _read(self) -> tuple[dict[str, Enrolment], Plan | None]:
        """Everybody whom the record has, and the plan; None: it has none yet."""
        there: dict[str, Enrolment] = {}
        after = ""
        while True:
            wanted = RosterWanted(case=self.case.number, after=after)
            found: RosterFound = await ask(CohortQuestions.roster, wanted, "who is enrolled?")
            there |= {one.nominee: one for one in found.enrolments}
            if found.more is None:
                return there, found.plan
            after = found.more

    @property
    def all(self) -> tuple[Enrolment, ...]:
        """Everybody, in order of their ids."""
        return tuple(self._by_id[nominee] for nominee in sorted(self._by_id))

    def in_state(self, *states: EnrolmentState) -> tuple[Enrolment, ...]:
        """Whoever stands in one of these."""
        found = (one for one in self._by_id.values() if one.state in states)
        return tuple(sorted(found, key=lambda one: one.nominee))

    def find(self, nominee: str) -> Enrolment | None:
        """The enrolment of a nominee, or None."""
        return self._by_id.get(nominee)

    def known(self, nominee: str) -> Enrolment:
        """The enrolment of a nominee who was judged to have one."""
        return self._by_id[nominee]

    def changes(self, nominee: str) -> int:
        """How often something was changed about a nominee."""
        one = self._by_id.get(nominee)
        return one.changes if one else 0

    def nominations(self, nominee: str) -> int:
        """How often somebody was nominated: withdrawn in the same words, they are withdrawn anew then."""
        one = self._by_id.get(nominee)
        return one.nominations if one else 0

    def withdrawals(self, nominee: str) -> int:
        """How often somebody was withdrawn: nominated in the same words, they are nominated anew then."""
        one = self._by_id.get(nominee)
        return one.withdrawals if one else 0

    def round_of(self, nominee: str) -> int:
        """In which round somebody was accepted: what is said of an earlier seat is not said of this one."""
        one = self._by_id.get(nominee)
        return one.round if one else 0

    async def look_up(self, nominee: str, dossier: str) -> None:
        """Ask the register for somebody who is to be enrolled; ``may_enrol`` has the answer."""
        if self.may_enrol(nominee, dossier) is None:
            return
        wanted = NomineeWanted(nominee=nominee, dossier=dossier)
        found: NomineeFound = await ask(CohortQuestions.nominee, wanted, "is the nominee registered?")
        if found.registered:
            self._registered[nominee, dossier] = found.unprintable

    def may_enrol(self, nominee: str, dossier: str) -> Broken | None:
        """Why nobody is enrolled with this dossier, or None: the register, as far as it was asked, has this
        official and the dossier, and a certificate can show the name.
        """
        one = self._by_id.get(nominee)
        if one is not None and one.dossier == dossier:
            return None
        unprintable = self._registered.get((nominee, dossier))
        if unprintable is None:
            return Broken(TrainingRule.NOT_REGISTERED, f"({nominee})")
        return Broken(TrainingRule.UNPRINTABLE, unprintable) if unprintable else None

    # -- changing -----------------------------------------------------------------------------

    def put(self, one: Enrolment) -> Enrols:
        """Enrol somebody, or change an enrolment; the effect that writes it."""
        self._by_id[one.nominee] = one
        self._registered.pop((one.nominee, one.dossier), None)
        self.case.journal.moves += 1
        return Enrols(enrolment=one)

    def become(self, nominee: str, state: EnrolmentState, **more: Any) -> Enrols:
        """Let somebody stand elsewhere; the effect that writes it."""
        one = self.known(nominee)
        return self.put(one.model_copy(update={"state": state, "changes": one.changes + 1, **more}))

    def take_back(self, before: Enrolment, tried: Enrolment) -> None:
        """The record has refused a change: let it be as before, unless something else came of it since."""
        if self._by_id.get(before.nominee) == tried:
            self._by_id[before.nominee] = before

    def have_moved(self) -> None:
        """The record has handed everybody who was still to come over to another cohort."""
        for one in self.in_state(*sorted(BEFORE_THE_COURSE, key=str)):
            self.become(one.nominee, EnrolmentState.MOVED)

    def entry(self, action: str, nominee: str, effects: Iterable[Any] = (), **more: Any) -> Entry:
        """What is put on record about a nominee; the key is that of this change."""
        one = self.known(nominee)
        facts = {"nominee": nominee, "country": one.country, "state": one.state} | more.pop("facts", {})
        key = f"{self.case.number}:{nominee}:{one.changes}:{action.replace(' ', '-')}"
        return self.case.entry(action, key=key, facts=facts, effects=tuple(effects), **more)

    def letters(self, about: Iterable[Enrolment]) -> tuple[Tells, ...]:
        """One letter for each authority, with all that became of its nominees."""
        lines: dict[str, list[str]] = {}
        for one in about:
            why = f" ({one.reason})" if one.reason else ""
            lines.setdefault(one.authority, []).append(f"{one.nominee}: {one.state}{why}"[:300])
        return tuple(
            Tells(notice=where_they_stand(self.case.number, authority, tuple(told)))
            for authority, told in sorted(lines.items())
        )

    @property
    def authorities(self) -> tuple[str, ...]:
        """Everybody who has nominated somebody."""
        return tuple(sorted({one.authority for one in self.all}))

    def asked(self, about: Iterable[Enrolment] = ()) -> tuple[str, ...]:
        """The organisations that speak for these nominees; without any, for every country of the plan."""
        countries = {one.country for one in about}
        quotas = [one for one in self.plan.quotas if one.country in countries] or self.plan.quotas
        return tuple(dict.fromkeys(one.authority for one in quotas))

    # -- who may --------------------------------------------------------------------------------

    def may_speak_for(self, country: str, actor: Rights) -> Broken | None:
        """Why this person may not speak for the nominees of a country, or None: each has its authority."""
        if not set(self.case.rules.nominators) & set(actor.actor.roles):
            return Broken(CaseRule.ROLE_NOT_HELD)
        quota = self.plan.quota_of(country)
        ours = quota is not None and quota.authority == actor.actor.organisation
        return None if ours else Broken(TrainingRule.OTHER_COUNTRY, f"({country})")

    def may_coordinate(self, actor: Rights) -> Broken | None:
        """Why this person may not do what coordinators do, or None."""
        held = set(self.case.rules.coordinators) & set(actor.actor.roles)
        return None if held else Broken(CaseRule.ROLE_NOT_HELD)

    def may_become(self, nominee: str, state: EnrolmentState) -> Broken | None:
        """Why a nominee cannot go there from where they stand, or None."""
        one = self.find(nominee)
        if one is None:
            return Broken(TrainingRule.UNKNOWN_NOMINEE, f"({nominee})")
        if one.may_become(state):
            return None
        return Broken(TrainingRule.NOT_IN_STATE, f"{nominee} is {one.state}.")

    def own(self, nominee: str, actor: Rights) -> Broken | None:
        """Why this person may not speak for a nominee, or None. Of another country's it says no more than
        that there is none.
        """
        one = self.find(nominee)
        if one is None or self.may_speak_for(one.country, actor):
            held = set(self.case.rules.nominators) & set(actor.actor.roles)
            return Broken(TrainingRule.UNKNOWN_NOMINEE if held else CaseRule.ROLE_NOT_HELD)
        return None

    def is_before(self, stage: Stage) -> bool:
        """Whether the cohort has not come to a stage yet."""
        from_, to = (list(Stage).index(Stage(at)) for at in (self.case.standing.stage, stage))
        return from_ < to
