"""Orders: two coordinators postpone a cohort, hold it remotely or with few, merge it, or cancel it."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.training.questions import CohortQuestions
    from models.case.accepted import Accepted
    from models.case.effects import Tells
    from models.case.record import Entry, Receipt
    from models.case.rights import Capacity, Rights
    from models.case.rule import Broken
    from models.training.action import CohortAction, CohortGate
    from models.training.cohort import Mode, Plan, Stage, Status
    from models.training.effects import Merges
    from models.training.effects import Plans as Planned
    from models.training.enrolment import EnrolmentState
    from models.training.letters import is_changed
    from models.training.order import Change, CohortOrder
    from models.training.questions import PlaceFound, PlaceWanted
    from models.training.rule import TrainingRule
    from models.training.seats import confirmed
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.confirmations import Confirmations
    from workflows.case.ended import Ended
    from workflows.case.messages import Messages
    from workflows.case.rights import ask
    from workflows.training.budget import Budget
    from workflows.training.roster import Roster
    from workflows.training.tasks import Tasks

_ABOUT = "order"


class Orders:
    """Changes the course of a cohort."""

    def __init__(
        self,
        case: CaseFile[CohortTerms],
        messages: Messages,
        confirmations: Confirmations,
        tasks: Tasks,
        roster: Roster,
        budget: Budget,
    ) -> None:
        self.case = case
        self.confirmations = confirmations
        self.tasks = tasks
        self.roster = roster
        self.budget = budget
        self.goes_on = False
        """Whether it is held although there are too few."""
        self.postponed = 0
        """How often."""
        self.asked = 0
        """How often coordinators were asked what becomes of it, since it was last postponed."""
        self._places: dict[str, PlaceFound] = {}
        messages.takes(
            "order",
            CohortOrder,
            self._may_order,
            self._order,
            since=lambda order: confirmations.turn(_ABOUT, order),
            prepare=self._look,
            restore=self._restore,
            of_case=True,
        )

    async def enough(self) -> bool:
        """Whether it can be held; where there are too few, two coordinators say what becomes of it.

        False: it was postponed, and seats are given once more.
        """
        if self._is_held():
            return True
        before = self.postponed
        facts = {"confirmed": confirmed(self.roster.all), "minimum": self.roster.plan.minimum}
        in_time = await self.tasks.done(
            CohortGate.MINIMUM,
            before + 1,
            self.case.rules.minimum,
            self.case.entry(CohortAction.BELOW_MINIMUM, round=before + 1, facts=facts),
            lambda: self._is_held() or self.postponed > before,
            question="Too few will come: postpone it, hold it remotely or as it is, merge or cancel it",
            roles=self.case.rules.coordinators,
        )
        if not in_time:
            raise Ended(Status.CANCELLED, "Too few would have come, and nobody said what becomes of it.")
        return self.postponed == before

    def _is_held(self) -> bool:
        return self.goes_on or confirmed(self.roster.all) >= self.roster.plan.minimum

    async def _look(self, order: CohortOrder) -> None:
        """Ask the record for what this order depends on beyond this cohort."""
        if order.change not in (Change.POSTPONE, Change.MERGE):
            return
        wanted = PlaceWanted(
            case=self.case.number,
            programme=self.case.case.programme,
            starts=order.starts,
            ends=order.ends,
            into=order.into,
        )
        self._places[order.digest()] = await ask(CohortQuestions.place, wanted, "can it be held there?")

    # -- messages -----------------------------------------------------------------------------

    def _may_order(self, order: CohortOrder, actor: Rights) -> Broken | None:
        place = self._places.pop(order.digest(), None)
        if broken := self.roster.may_coordinate(actor):
            return broken
        if broken := self._in_time(order) or self._fits(order, place):
            return broken
        return self.confirmations.judge(_ABOUT, order, actor)

    def _in_time(self, order: CohortOrder) -> Broken | None:
        """Why this cannot be ordered where the cohort stands, or None."""
        last = Stage.COMPLETED if order.change is Change.CANCEL else Stage.RUNNING
        planned = self.roster.is_before(Stage.NOMINATIONS_OPEN) and order.change is not Change.CANCEL
        too_late = not self.roster.is_before(last)
        return Broken(TrainingRule.NOT_NOW) if planned or too_late or self.case.interrupted else None

    def _fits(self, order: CohortOrder, place: PlaceFound | None) -> Broken | None:
        """What of the order itself cannot be, or None."""
        if place and place.overlapping:
            return Broken(TrainingRule.OVERLAP, f"({', '.join(place.overlapping[:5])})")
        if order.change is Change.MERGE:
            screened = not self.roster.is_before(Stage.CONFIRMED)
            fits = place is not None and place.takes_people and order.into != self.case.number
            right = screened and fits
            return None if right else Broken(TrainingRule.INTO, f"({order.into})")
        if order.spent is not None:
            return self.budget.may_spend(order.spent)
        if order.change is Change.PROCEED and self.roster.is_before(Stage.CONFIRMED):
            return Broken(TrainingRule.NOT_NOW)
        return None

    def _order(self, order: CohortOrder, actor: Rights) -> Entry:
        fields: dict[str, Any] = {"actor": order.actor, "reason": order.reason}
        fields |= {"facts": {name: value for name, value in order.content().items() if name in _FACTS}}
        if self.confirmations.settle(_ABOUT, order, actor) is None:
            key = f"{self.case.number}:order:{self.postponed}:{order.digest()[:16]}"
            return self.case.entry(CohortAction.ORDER_ASKED, key=key, **fields)
        key = f"{self.case.number}:ordered:{self.postponed}:{order.digest()[:16]}"
        told = is_changed(self.case.number, order.change, order.reason, self.roster.authorities)
        effects = (*self._effects(order, key), Tells(notice=told))
        if order.change is not Change.POSTPONE:
            return self.case.entry(CohortAction.ORDERED, key=key, effects=effects, **fields)
        stage = Stage(self.case.standing.stage)
        return self.case.move(
            stage, Status.POSTPONED, CohortAction.ORDERED, key=key, effects=effects, **fields
        )

    def _effects(self, order: CohortOrder, key: str) -> tuple[Any, ...]:
        """Carry the order out; what it changes in the tables."""
        match order.change:
            case Change.PROCEED:
                self.goes_on = True
            case Change.POSTPONE:
                self.postponed += 1
                return self._replanned({"starts": order.starts, "ends": order.ends, "afterwards": False})
            case Change.REMOTE:
                return self._held_remotely()
            case Change.MERGE:
                self.case.follow_up(self._merge(order, key))
                return (Merges(into=str(order.into)),)
            case Change.CANCEL:
                self._cancel(order)
        return ()

    def _replanned(self, changed: dict[str, Any]) -> tuple[Planned, ...]:
        plan: Plan = self.roster.plan.model_copy(update=changed)
        self.roster.plan = plan
        return (Planned(plan=plan),)

    def _held_remotely(self) -> tuple[Any, ...]:
        """Nobody travels: a refused visa keeps nobody away."""
        self.goes_on = True
        refused = self.roster.in_state(EnrolmentState.VISA_REFUSED)
        back = (self.roster.become(one.nominee, EnrolmentState.CONFIRMED, remote=True) for one in refused)
        return (*self._replanned({"mode": Mode.REMOTE}), *back)

    async def _merge(self, order: CohortOrder, key: str) -> None:
        """The record says whether the other cohort still took them."""
        receipt: Receipt = await self.case.journal.receipt(key)
        if receipt.rule is None:
            self._is_merged(order)

    def _is_merged(self, order: CohortOrder) -> None:
        self.roster.have_moved()
        self.case.outcome = order
        self.case.interrupt(Ended(Status.MERGED, f"Merged into {order.into}. {order.reason}"))

    def _cancel(self, order: CohortOrder) -> None:
        if order.spent is not None:
            self.budget.spend(order.spent, reason=order.reason)
        self.case.interrupt(Ended(Status.CANCELLED, order.reason))

    def _restore(self, order: CohortOrder, accepted: Accepted) -> None:
        """What an earlier run took: plan and roster have what it changed, the rest is done again."""
        actor = Rights(actor=Capacity(person=order.actor, who=accepted.who, organisation="", roles=()))
        if self.confirmations.settle(_ABOUT, order, actor) is None:
            return
        match order.change:
            case Change.PROCEED | Change.REMOTE:
                self.goes_on = True
            case Change.POSTPONE:
                self.postponed += 1
            case Change.MERGE:
                self._is_merged(order)
            case Change.CANCEL:
                self.case.follow_up(self._cancel_again(order))

    async def _cancel_again(self, order: CohortOrder) -> None:
        """Once it is known again what the cohort holds."""
        await workflow.wait_condition(lambda: self.case.rerun.settled or self.case.closed)
        if not self.case.closed:
            self._cancel(order)


_FACTS = ("change", "starts", "ends", "into", "spent")
