"""Screening: a coordinator ranks the nominees, a panel decides on the ranking."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.approval import Verdict
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from models.training.action import CohortAction, CohortGate
    from models.training.cohort import Stage, Status
    from models.training.effects import Enrols
    from models.training.enrolment import Enrolment, EnrolmentState
    from models.training.nomination import Ranking
    from models.training.rule import TrainingRule
    from models.training.seats import ranking_problem
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.ended import Ended
    from workflows.case.panels import Panels
    from workflows.training.roster import Roster
    from workflows.training.tasks import Tasks, gate_name


class Screening:
    """Finds who is suitable, and in which order they get seats."""

    def __init__(self, case: CaseFile[CohortTerms], panels: Panels, tasks: Tasks, roster: Roster) -> None:
        self.case = case
        self.panels = panels
        self.tasks = tasks
        self.roster = roster
        self.ranking: Ranking | None = None
        panels.gates.messages.takes("rank", Ranking, self._may_rank, self._rank)

    async def screen(self) -> None:
        """Rounds of ranking and decision, as many as the programme allows. Where nobody can be ranked, what
        becomes of the cohort is said at its minimum.
        """
        if not self.roster.in_state(EnrolmentState.COMPLETE) and not await self._has_begun():
            self._leave_out()
            return
        rounds = self.case.rules.screening.rounds
        for round_ in range(1, rounds + 1):
            ranking = await self._ranked(round_)
            verdict = await self._decided(round_, ranking)
            if verdict.outcome is Outcome.APPROVED:
                self._apply(ranking)
                return
            if verdict.outcome is not Outcome.RETURNED:
                status = Status.LAPSED if verdict.outcome is Outcome.LAPSED else Status.REJECTED
                raise Ended(status, f"The ranking was {verdict.outcome}. {verdict.comments}".strip())
        raise Ended(Status.REJECTED, f"The ranking: {CaseRule.ROUNDS_USED_UP.text}")

    async def _has_begun(self) -> bool:
        """Whether the record has a ranking awaited: a run that goes the same way again goes through it."""
        first = f"{self.case.number}:{gate_name(CohortGate.RANKING)}:1:opened"
        return first in await self.case.on_record(first)

    async def _ranked(self, round_: int) -> Ranking:
        self.ranking = None
        terms = self.case.rules.ranking
        in_time = await self.tasks.done(
            CohortGate.RANKING,
            round_,
            terms.deadline,
            self.case.move(Stage.SCREENING, Status.OPEN, CohortAction.RANKING_AWAITED, round=round_),
            lambda: self.ranking is not None,
            question=f"Rank the nominees of: {self.roster.plan.title}"[:500],
            roles=terms.roles,
            act=Act.DRAFT,
        )
        ranking: Ranking | None = self.ranking
        if not in_time or ranking is None:
            raise Ended(Status.LAPSED, "The nominees were not ranked in time.")
        return ranking

    async def _decided(self, round_: int, ranking: Ranking) -> Verdict:
        verdict = await self.panels.convene(
            "training.screening",
            round_,
            self.case.rules.screening,
            self.case.entry(CohortAction.SCREENED, round=round_),
            barred=(ranking.actor,),
            question=f"Select participants in the order of the ranking ({len(ranking.ranked)} suitable)",
            subject={
                "ranked": list(ranking.ranked),
                "unsuitable": [one.nominee for one in ranking.unsuitable],
                "ranking": ranking.digest(),
            },
            act=Act.EVALUATE,
        )
        assert isinstance(verdict, Verdict), "no money moves with it"
        return verdict

    def _apply(self, ranking: Ranking) -> None:
        """Let the suitable wait in their order; the others, and whoever lacks documents, are out."""
        state = EnrolmentState
        effects: list[Enrols] = []
        told: list[Enrolment] = []
        for rank, nominee in enumerate(ranking.ranked, start=1):
            if self.roster.known(nominee).state is state.COMPLETE:
                effects.append(self.roster.become(nominee, state.WAITLISTED, rank=rank))
        for one in ranking.unsuitable:
            if self.roster.known(one.nominee).state is state.COMPLETE:
                effects.append(self.roster.become(one.nominee, state.REJECTED, reason=one.reason))
                told.append(self.roster.known(one.nominee))
        self._note(effects, told)
        self._leave_out()

    def _leave_out(self) -> None:
        """Whoever lacks documents has no part in it."""
        late = [one.nominee for one in self.roster.in_state(EnrolmentState.NOMINATED)]
        why = TrainingRule.DOCUMENTS.text
        effects = [self.roster.become(one, EnrolmentState.REJECTED, reason=why) for one in late]
        self._note(effects, [self.roster.known(one) for one in late])

    def _note(self, effects: list[Enrols], told: list[Enrolment]) -> None:
        """On record in entries of a size that the engine takes; a run that has been here has none."""
        letters = self.roster.letters(told)
        for first in range(0, len(effects), 50):
            some = effects[first : first + 50]
            key = f"{self.case.number}:selected:{some[0].enrolment.nominee}:{some[0].enrolment.changes}"
            self.case.note(CohortAction.SCREENED, key=key, effects=(*some, *(letters if first == 0 else ())))

    # -- messages -----------------------------------------------------------------------------

    def _may_rank(self, ranking: Ranking, actor: Rights) -> Broken | None:
        if broken := self.panels.gates.may_work(ranking.gate, CohortGate.RANKING, actor):
            return broken
        if self.ranking:
            return Broken(CaseRule.STAGE_OVER)
        complete = [one.nominee for one in self.roster.in_state(EnrolmentState.COMPLETE)]
        unsuitable = [one.nominee for one in ranking.unsuitable]
        problem = ranking_problem(ranking.ranked, unsuitable, complete)
        return Broken(TrainingRule.RANKING, problem) if problem else None

    def _rank(self, ranking: Ranking, _: Rights) -> Entry:
        self.ranking = ranking
        return self.case.entry(
            CohortAction.RANKED,
            key=f"{ranking.gate}:ranked",
            actor=ranking.actor,
            act=Act.DRAFT,
            content_hash=ranking.digest(),
            facts={"ranked": len(ranking.ranked), "unsuitable": len(ranking.unsuitable)},
        )
