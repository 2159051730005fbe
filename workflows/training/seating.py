"""Seating: seats are given in order, taken or declined, freed and given again, until the cut-off."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken
    from models.training import seats
    from models.training.action import CohortAction, CohortGate
    from models.training.cohort import Mode, Stage, Status, begins
    from models.training.enrolment import Enrolment, EnrolmentState
    from models.training.nomination import RemoteSeat, Response, SeatResponse, Visa, VisaDecision
    from models.training.rule import TrainingRule
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.gates import Gates
    from workflows.training.roster import Roster
    from workflows.training.tasks import Tasks

_S = EnrolmentState


class Seating:
    """Gives seats, and takes what the nominees' side says to that."""

    def __init__(self, case: CaseFile[CohortTerms], gates: Gates, tasks: Tasks, roster: Roster) -> None:
        self.case = case
        self.gates = gates
        self.tasks = tasks
        self.roster = roster
        self.round = 0
        """How many rounds of confirmations there have been."""
        self._closed = False
        takes = gates.messages.takes
        takes(
            "respond",
            SeatResponse,
            self._may_respond,
            self._respond,
            since=lambda response: roster.round_of(response.nominee),
            restore=lambda _, __: None,  # the roster has it
        )
        takes(
            "decide_visa",
            Visa,
            self._may_decide_visa,
            self._decide_visa,
            since=lambda visa: roster.round_of(visa.nominee),
        )
        takes(
            "take_part_remotely",
            RemoteSeat,
            self._may_be_remote,
            self._be_remote,
            since=lambda seat: roster.round_of(seat.nominee),
        )

    @property
    def cut_off(self) -> datetime:
        """When the list of participants is closed."""
        first_day = begins(self.roster.plan.starts, self.case.rules.zone)
        return first_day - timedelta(days=self.case.rules.cut_off_days)

    @property
    def over(self) -> bool:
        """Whether the list is closed."""
        past = not self.roster.plan.afterwards and self.case.now() >= self.cut_off
        return self._closed or past

    def enter(self) -> None:
        """Go to the stage in which seats are given, and take up rounds that are under way."""
        entered = self.case.move(Stage.CONFIRMED, Status.OPEN, "seats given")
        self.case.journal.add(entered)
        self.round = max((one.round for one in self.roster.all), default=0)
        for round_ in range(1, self.round + 1):
            self.case.alongside(self._confirmed(round_))

    async def until_cut_off(self) -> None:
        """Give every free seat to who is next, again and again; then the list is closed."""
        self._closed = False
        if self.round == 0 or not self.over:
            await self._give_all()
        while not self._is_time():
            await self._rest(self.cut_off)
            if not self.over:
                await self._give_all()
        self._close_list()

    def _is_time(self) -> bool:
        """Whether the cut-off has come; for a cohort put on record afterwards, whether all have answered."""
        if self.roster.plan.afterwards:
            return not self._someone_is_next() and not self.roster.in_state(_S.ACCEPTED)
        return self.over

    async def _rest(self, at: datetime) -> None:
        """Until ``at``, or until there is something to do before."""

        def changed() -> bool:
            return self._someone_is_next() or self.cut_off != at

        if self.roster.plan.afterwards:
            await self.case.rest(lambda: self._is_time() or self._someone_is_next())
            return
        alarm = self.case.sleep(at - self.case.now(), "cut-off")
        try:
            await self.case.rest(lambda: alarm.done() or changed())
        finally:
            alarm.cancel()

    def _someone_is_next(self) -> bool:
        waits = self.roster.in_state(_S.WAITLISTED)
        return bool(waits) and seats.free(self.roster.plan, self.roster.all) > 0

    async def _give_all(self) -> None:
        """Give all free seats. Who has one elsewhere on the same days is refused by the record, and out."""
        given: list[Enrolment] = []
        while up := seats.next_in_turn(self.roster.plan, self.roster.all):
            before = [self.roster.known(one.nominee) for one in up]
            receipts = [self._give(one) for one in before]
            tried = [self.roster.known(one.nominee) for one in before]
            for old, new, receipt in zip(before, tried, await asyncio.gather(*receipts), strict=True):
                if receipt.rule is None:
                    given.append(new)
                    continue
                self.roster.take_back(old, new)
                self._reject(old, f"{TrainingRule.OVERLAP.text} {receipt.detail}")
        if given:
            self.round += 1
            self.case.alongside(self._confirmed(self.round))

    def _give(self, one: Enrolment) -> asyncio.Future[Any]:
        enrols = self.roster.become(one.nominee, _S.ACCEPTED, round=self.round + 1, reason="")
        letters = self.roster.letters([self.roster.known(one.nominee)])
        return self.case.journal.add(
            self.roster.entry(CohortAction.ACCEPTED, one.nominee, (enrols, *letters))
        )

    def _reject(self, one: Enrolment, why: str) -> None:
        if self.roster.known(one.nominee).may_become(_S.REJECTED):
            enrols = self.roster.become(one.nominee, _S.REJECTED, reason=why)
            letters = self.roster.letters([self.roster.known(one.nominee)])
            self.case.journal.add(
                self.roster.entry("seat refused", one.nominee, (enrols, *letters), reason=why)
            )

    async def _confirmed(self, round_: int) -> None:
        """Wait until everybody of a round has answered; who has not in time loses the seat."""

        def open_() -> list[Enrolment]:
            return [one for one in self.roster.in_state(_S.ACCEPTED) if one.round == round_]

        in_time = await self.tasks.done(
            CohortGate.CONFIRMATION,
            round_,
            self.case.rules.confirmation,
            self.case.entry(CohortAction.CONFIRMATION_AWAITED, round=round_),
            lambda: not open_(),
            question=f"Take the seats or decline: {self.roster.plan.title}"[:500],
            roles=self.case.rules.nominators,
            organisations=self.roster.asked(open_()),
        )
        for one in () if in_time else open_():
            self.lapse(one, CohortAction.NOT_CONFIRMED)

    def lapse(self, one: Enrolment, action: CohortAction) -> None:
        """Somebody loses a seat by silence, or because the time for another way is over."""
        enrols = self.roster.become(one.nominee, _S.LAPSED)
        letters = self.roster.letters([self.roster.known(one.nominee)])
        self.case.journal.add(self.roster.entry(action, one.nominee, (enrols, *letters)))

    def _close_list(self) -> None:
        """A refused visa that nobody made up for frees the seat, and nobody gets it any more."""
        self._closed = True
        for one in self.roster.in_state(_S.VISA_REFUSED):
            self.lapse(one, CohortAction.CUT_OFF)

    # -- messages -----------------------------------------------------------------------------

    def _may_respond(self, response: SeatResponse, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(response.gate, CohortGate.CONFIRMATION, actor):
            return broken
        if broken := self.roster.own(response.nominee, actor):
            return broken
        return self.roster.may_become(response.nominee, _BECOMES[response.response])

    def _respond(self, response: SeatResponse, _: Rights) -> Entry:
        state = _BECOMES[response.response]
        remote = self.roster.plan.mode is Mode.REMOTE
        enrols = self.roster.become(response.nominee, state, reason=response.reason, remote=remote)
        confirms = response.response is Response.CONFIRM
        return self.roster.entry(
            CohortAction.CONFIRMED if confirms else CohortAction.DECLINED,
            response.nominee,
            (enrols,),
            actor=response.actor,
            reason=response.reason,
        )

    def _may_decide_visa(self, visa: Visa, actor: Rights) -> Broken | None:
        if broken := self.roster.may_coordinate(actor):
            return broken
        if not self.roster.is_before(Stage.RUNNING):
            return Broken(TrainingRule.NOT_NOW)
        granted = visa.decision is VisaDecision.GRANTED
        return self.roster.may_become(visa.nominee, _S.TRAVELLING if granted else _S.VISA_REFUSED)

    def _decide_visa(self, visa: Visa, _: Rights) -> Entry:
        granted = visa.decision is VisaDecision.GRANTED
        state = _S.TRAVELLING if granted else _S.VISA_REFUSED
        enrols = self.roster.become(visa.nominee, state, reason=visa.reason)
        letters = self.roster.letters([self.roster.known(visa.nominee)])
        effects = (enrols,) if granted else (enrols, *letters)
        return self.roster.entry(
            CohortAction.VISA, visa.nominee, effects, actor=visa.actor, reason=visa.reason
        )

    def _may_be_remote(self, seat: RemoteSeat, actor: Rights) -> Broken | None:
        if self.roster.may_coordinate(actor) and (broken := self.roster.own(seat.nominee, actor)):
            return broken
        if self.roster.plan.mode is Mode.INVITATIONAL:
            return Broken(TrainingRule.NO_REMOTE)
        if self.over:
            return Broken(TrainingRule.CUT_OFF)
        one = self.roster.find(seat.nominee)
        if one and one.state in (_S.CONFIRMED, _S.TRAVELLING) and not one.remote:
            return None
        return self.roster.may_become(seat.nominee, _S.CONFIRMED)

    def _be_remote(self, seat: RemoteSeat, _: Rights) -> Entry:
        enrols = self.roster.become(seat.nominee, _S.CONFIRMED, remote=True, reason=seat.reason)
        return self.roster.entry(
            CohortAction.REMOTE, seat.nominee, (enrols,), actor=seat.actor, reason=seat.reason
        )


_BECOMES = {Response.CONFIRM: _S.CONFIRMED, Response.DECLINE: _S.DECLINED}
