"""The clocks of open gates: more days, stopping, letting run again. Each on record, with a reason."""

import asyncio
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.action import CaseAction
    from models.case.deadline import Extension, Pause, Resume, Schedule, Stop
    from models.case.effects import Reschedules
    from models.case.gate import OpenGate, Rescheduling
    from models.case.record import Entry, Receipt
    from models.case.rights import Capacity, Rights
    from models.case.rule import Broken, CaseRule
    from workflows.case.confirmations import Confirmations
    from workflows.case.gates import Gates


class Clocks:
    """Lets people change the clock of an open gate."""

    def __init__(self, gates: Gates, confirmations: Confirmations) -> None:
        self.gates = gates
        self.confirmations = confirmations
        self._changing: set[str] = set()
        """Gates whose change is being put on record."""
        takes = gates.messages.takes
        takes(
            "extend",
            Extension,
            self._may_extend,
            self._extend,
            since=lambda extension: (
                confirmations.turn(f"{extension.gate}:extension", extension) or self._extra_days(extension)
            ),
            restore=self._restore_request,
        )
        takes("pause", Pause, self._may_pause, self._pause, since=self._stops)
        takes("resume", Resume, self._may_resume, self._resume, since=self._stops_and_state)

    # -- more days ----------------------------------------------------------------------------

    def _may_extend(self, extension: Extension, actor: Rights) -> Broken | None:
        if broken := self._may_change(extension.gate, actor):
            return broken
        return self.confirmations.judge(f"{extension.gate}:extension", extension, actor)

    def _extend(self, extension: Extension, actor: Rights) -> Entry:
        fields: dict[str, Any] = {"actor": extension.actor, "reason": extension.reason}
        fields |= {"facts": {"working_days": extension.working_days}}
        schedule = self._gate(extension.gate).opened.schedule
        if not self.confirmations.settle(f"{extension.gate}:extension", extension, actor):
            key = f"{extension.gate}:extension:{schedule.extra_days}:{extension.digest()[:12]}"
            return self.gates.case.entry(CaseAction.EXTENSION_ASKED, key=key, **fields)
        longer = schedule.model_copy(update={"extra_days": schedule.extra_days + extension.working_days})
        key = f"{extension.gate}:extended:{longer.extra_days}"
        return self.rescheduling(CaseAction.EXTENDED, key, self._gate(extension.gate), longer, **fields)

    def _restore_request(self, extension: Extension, accepted: Accepted) -> None:
        """An extension that was asked for, and not confirmed yet."""
        actor = Capacity(person=extension.actor, who=accepted.who, organisation="", roles=())
        self.confirmations.settle(f"{extension.gate}:extension", extension, Rights(actor=actor))

    # -- stopping and resuming ----------------------------------------------------------------

    def _may_pause(self, pause: Pause, actor: Rights) -> Broken | None:
        if broken := self._may_change(pause.gate, actor):
            return broken
        return Broken(CaseRule.CLOCK, "It stands still.") if self._gate(pause.gate).stopped_at else None

    def _pause(self, pause: Pause, _: Rights) -> Entry:
        self.gates.change(pause.gate, stopped_at=self.gates.case.now())
        key = f"{pause.gate}:stopped:{len(self._gate(pause.gate).opened.schedule.stops)}"
        return self.gates.case.entry(CaseAction.STOPPED, key=key, actor=pause.actor, reason=pause.reason)

    def _may_resume(self, resume: Resume, actor: Rights) -> Broken | None:
        if broken := self._may_change(resume.gate, actor):
            return broken
        return None if self._gate(resume.gate).stopped_at else Broken(CaseRule.CLOCK, "It is running.")

    def _resume(self, resume: Resume, _: Rights) -> Entry:
        gate = self._gate(resume.gate)
        assert gate.stopped_at
        return self.after_stop(
            gate,
            Stop(since=gate.stopped_at, until=self.gates.case.now()),
            actor=resume.actor,
            reason=resume.reason,
        )

    def after_stop(self, gate: OpenGate, stop: Stop, **more: Any) -> Entry:
        """The entry that lets a clock go on: the days in which it stood still do not count."""
        schedule = gate.opened.schedule
        later = schedule.model_copy(update={"stops": (*schedule.stops, stop)})
        key = f"{gate.id}:resumed:{len(later.stops)}"
        return self.rescheduling(CaseAction.RESUMED, key, gate, later, **more)

    # -- both ---------------------------------------------------------------------------------

    def rescheduling(self, action: str, key: str, gate: OpenGate, schedule: Schedule, **more: Any) -> Entry:
        """An entry that changes a schedule; the new instants count when it is on record."""
        self._changing.add(gate.id)
        change = Rescheduling(
            gate=gate.id,
            schedule=schedule,
            ladder=gate.opened.ladder,
            rung=gate.rung,
            content_hash=gate.opened.content_hash,
        )

        def on_record(receipt: asyncio.Future[Receipt]) -> None:
            self._changing.discard(gate.id)
            self._go_by(gate.id, receipt.result())

        self.gates.case.journal.receipt(key).add_done_callback(on_record)
        return self.gates.case.entry(action, key=key, effects=(Reschedules(rescheduling=change),), **more)

    def _go_by(self, gate_id: str, receipt: Receipt) -> None:
        """Go by the new instants, unless the gate was closed meanwhile."""
        gate = self.gates.open_now.get(gate_id)
        if gate is None or receipt.opened is None:
            return
        resumed = len(receipt.opened.schedule.stops) > len(gate.opened.schedule.stops)
        self.gates.change(gate_id, opened=receipt.opened, stopped_at=None if resumed else gate.stopped_at)
        self.gates.case.journal.moves += 1

    def is_changing(self, gate_id: str) -> bool:
        """Whether a change of this clock is being put on record."""
        return gate_id in self._changing

    def _may_change(self, gate_id: str, actor: Rights) -> Broken | None:
        """Whoever may act at the gate, and coordinators. One change at a time."""
        if rule := self.gates.misplaced(gate_id):
            return Broken(rule)
        if gate_id in self._changing:
            return Broken(CaseRule.CLOCK, "Another change is being put on record.")
        opening = self._gate(gate_id).opening
        roles = {*opening.roles, opening.terms.escalate_to, *self.gates.case.rules.coordinators}
        allowed = actor.actor.person in opening.persons or roles & set(actor.actor.roles)
        return None if allowed else Broken(CaseRule.ROLE_NOT_HELD)

    def _gate(self, gate_id: str) -> OpenGate:
        return self.gates.open_now[gate_id]

    # -- what supersedes the same words -------------------------------------------------------

    def _schedule(self, gate_id: str) -> Schedule | None:
        gate = self.gates.open_now.get(gate_id)
        return gate.opened.schedule if gate else None

    def _extra_days(self, message: Extension) -> int:
        schedule = self._schedule(message.gate)
        return schedule.extra_days if schedule else 0

    def _stops(self, message: Pause | Resume) -> int:
        schedule = self._schedule(message.gate)
        return len(schedule.stops) if schedule else 0

    def _stops_and_state(self, message: Resume) -> int:
        gate = self.gates.open_now.get(message.gate)
        return self._stops(message) + (gate is not None and gate.stopped_at is not None)
