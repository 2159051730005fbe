"""The clock of an open gate: more days, stopping it, letting it run again. Each on record, with a reason."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.deadline import Extension, Pause, Resume, Schedule, Stop
    from models.case.record import Answer, Carried, Entry, GateKind, Receipt, Rescheduling, Session
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import Proposal, Standing
    from models.partnership.programme import Programme
    from workflows.case.message import ToGate
    from workflows.case.signal import Signalled


class Timed(Signalled):
    """Casework whose open gate has a clock that people can change."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self._rescheduled = ""
        """Key of the change that is being put on record."""
        self.by_signal("extend", Extension, self._extend)
        self.by_signal("pause", Pause, self._pause)
        self.by_signal("resume", Resume, self._resume_clock)

    @workflow.update
    async def extend(self, extension: Extension) -> Answer:
        """Give the open gate more working days: asked for by one person, confirmed by another."""
        return await self._extend(extension)

    @extend.validator
    def _turn_away_extension(self, extension: Extension) -> None:
        self.turn_away(extension.gate)

    async def _extend(self, extension: Extension) -> Answer:
        since = self.session.opened.schedule.extra_days if self.session else 0
        sender = ""

        def judge(actor: Rights) -> Broken | None:
            nonlocal sender
            sender = actor.actor.who
            if broken := self._may_time(extension, actor):
                return broken
            same = self._session().wish and self._session().wished_by == sender
            return Broken(Rule.TWO_PEOPLE) if same else None

        def accept() -> Entry:
            wish = self._session().wish
            fields: dict[str, Any] = {"actor": extension.actor, "reason": extension.reason}
            fields |= {"facts": {"working_days": extension.working_days}}
            if wish is None or wish.working_days != extension.working_days:
                self._change(wish=extension, wished_by=sender)
                key = f"{extension.gate}:extension:{since}:{extension.digest()[:12]}"
                return self.entry("extension asked for", key=key, **fields)
            schedule = self._session().opened.schedule
            longer = schedule.model_copy(update={"extra_days": schedule.extra_days + extension.working_days})
            self._change(wish=None, wished_by="")
            key = f"{extension.gate}:extended:{longer.extra_days}"
            return self._rescheduling("deadline extended", key, longer, **fields)

        return await self.handle(extension, judge, accept, since)

    @workflow.update
    async def pause(self, pause: Pause) -> Answer:
        """Stop the clock of the open gate. Its panel may still decide."""
        return await self._pause(pause)

    @pause.validator
    def _turn_away_pause(self, pause: Pause) -> None:
        self.turn_away(pause.gate)

    async def _pause(self, pause: Pause) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self._may_time(pause, actor):
                return broken
            return Broken(Rule.CLOCK, "It stands still.") if self._session().stopped_at else None

        def accept() -> Entry:
            self._change(stopped_at=self.now())
            self.moved = True
            key = f"{pause.gate}:stopped:{len(self._session().opened.schedule.stops)}"
            return self.entry("clock stopped", key=key, actor=pause.actor, reason=pause.reason)

        return await self.handle(pause, judge, accept, since=self._stops())

    @workflow.update
    async def resume(self, resume: Resume) -> Answer:
        """Let the clock of the open gate run again; the days it stood still do not count."""
        return await self._resume_clock(resume)

    @resume.validator
    def _turn_away_resume(self, resume: Resume) -> None:
        self.turn_away(resume.gate)

    async def _resume_clock(self, resume: Resume) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if broken := self._may_time(resume, actor):
                return broken
            return None if self._session().stopped_at else Broken(Rule.CLOCK, "It is running.")

        def accept() -> Entry:
            schedule, since = self._session().opened.schedule, self._session().stopped_at
            assert since
            stop = Stop(since=since, until=self.now())
            later = schedule.model_copy(update={"stops": (*schedule.stops, stop)})
            key = f"{resume.gate}:resumed:{len(later.stops)}"
            fields = {"actor": resume.actor, "reason": resume.reason}
            return self._rescheduling("clock running again", key, later, **fields)

        standing = self.session is not None and self.session.stopped_at is not None
        return await self.handle(resume, judge, accept, since=self._stops() + standing)

    def _stops(self) -> int:
        """How often the clock was stopped and ran again."""
        return len(self.session.opened.schedule.stops) if self.session else 0

    def _may_time(self, message: ToGate, actor: Rights) -> Broken | None:
        """Whoever may act at the gate, and coordinators. One change at a time."""
        kind = self.session.opening.kind if self.session else GateKind.APPROVAL
        if rule := self.misplaced(message.gate, kind):
            return Broken(rule)
        if self._rescheduled:
            return Broken(Rule.CLOCK, "Another change is being put on record.")
        opening = self._session().opening
        roles = {*opening.roles, opening.terms.escalate_to, *self.programme.coordinators}
        allowed = message.actor in opening.persons or roles & set(actor.actor.roles)
        return None if allowed else Broken(Rule.ROLE_NOT_HELD)

    def _rescheduling(self, action: str, key: str, schedule: Schedule, **more: Any) -> Entry:
        session = self._session()
        wish = Rescheduling(
            gate=session.opening.id,
            schedule=schedule,
            ladder=session.opened.ladder,
            rung=session.rung,
            content_hash=session.opened.content_hash,
        )
        self._rescheduled = key
        return self.entry(action, key=key, reschedules=wish, **more)

    def received(self, receipt: Receipt) -> None:
        """Go by the new instants, unless the gate was closed meanwhile."""
        if receipt.key != self._rescheduled:
            return
        self._rescheduled = ""
        still_open = self.session and receipt.key.startswith(f"{self._open_id()}:")
        if not still_open or receipt.opened is None:
            return
        resumed = len(receipt.opened.schedule.stops) > len(self._session().opened.schedule.stops)
        stopped_at = None if resumed else self._session().stopped_at
        self._change(opened=receipt.opened, stopped_at=stopped_at)
        self.moved = True

    def _session(self) -> Session:
        assert self.session
        return self.session

    def _change(self, **more: Any) -> None:
        self.session = self._session().model_copy(update=more)
