"""Gates: opened on record, rested at under a deadline, closed on record. Several may be open in one case."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case.questions import Questions
    from models.base import digest
    from models.case.action import CaseAction
    from models.case.case import Ending
    from models.case.deadline import Consequence, Rung, Step
    from models.case.effects import Assigns, Closes, Opens, Tells
    from models.case.gate import AGAIN, GateRef, OpenGate, Opening, Past, PastWanted
    from models.case.letters import asks, is_overdue, reminds
    from models.case.record import Entry, Receipt
    from models.case.rights import Capacity, Rights, may_do, may_work_at
    from models.case.rule import Broken, CaseRule, Rule
    from models.case.seat_assignment import SeatAssignments, taken_by_others
    from workflows.case.case import CaseFile
    from workflows.case.messages import Messages
    from workflows.case.rights import ask


class Gates:
    """The open gates of a case. What becomes of each is for the procedure that opened it."""

    def __init__(self, case: CaseFile[Any], messages: Messages) -> None:
        self.case = case
        self.messages = messages
        self.open_now: dict[str, OpenGate] = {}
        self._past: dict[str, Past] = {}
        self._in_session: list[Callable[[OpenGate], OpenGate]] = []
        case.at_the_end(self._forget)
        case.rerun.after_reset(self._catch_up)

    def in_session(self, prepare: Callable[[OpenGate], OpenGate]) -> None:
        """Have every gate that opens made ready for messages by ``prepare``."""
        self._in_session.append(prepare)

    # -- opening and closing ------------------------------------------------------------------

    def opening(self, kind: str, name: str, round_: int, **more: Any) -> Opening:
        """A gate of this case, over the content ``subject``."""
        return Opening(
            id=f"{self.case.number}:{name}:{round_}",
            kind=kind,
            content_hash=digest(more["subject"]),
            zone=self.case.rules.zone,
            countries=self.case.case.countries,
            **more,
        )

    async def open(self, opening: Opening, entry: Entry) -> Receipt | None:
        """Open a gate, as an effect of ``entry``. Where its transfer was refused, it is not open: the receipt
        that says why.

        A gate that the record had opened before goes on from where the record has it: what was accepted there
        is taken over, and where it is closed its outcome stands.
        """
        asked = Tells(notice=asks(self.case.number, opening))
        opened = entry.with_effects(Opens(opening=opening), asked)
        self.messages.known_gates.being_opened(opening.id)
        try:
            receipt = await self.case.write(opened.model_copy(update={"key": f"{opening.id}:opened"}))
            if receipt.rule:
                return receipt
            assert receipt.opened
            if receipt.past:
                self.messages.apply_until(receipt.seq)
            gate = OpenGate(opening=opening.on_record(receipt.opened), opened=receipt.opened)
            for prepare in self._in_session:
                gate = prepare(gate)
            self.open_now[opening.id] = gate
            if receipt.past:
                await self._take_over(receipt.past, opening.id)
        finally:
            self.messages.known_gates.is_opened(opening.id)
        return None

    async def _take_over(self, past: Past, gate_id: str) -> None:
        self._past[gate_id] = past
        gate = self.open_now[gate_id]
        reached = past.opened.ladder[gate.rung : past.rung]
        if any(step.rung is Rung.ESCALATE for step in reached):
            gate = _widened(gate)
        known = past.model_dump(include={"rung", "stopped_at", "assignments"})
        known |= {"opened": past.opened, "assigned": past.assigned}
        self.open_now[gate_id] = gate.model_copy(update=known)
        page: Past | None = past
        while page:
            for accepted in page.messages:
                self.messages.apply(accepted)
            page = await self._past_of(gate_id, page.more) if page.more else None

    async def _past_of(self, gate_id: str, after: int = 0) -> Past | None:
        wanted = PastWanted(gate=gate_id, after=after)
        return (await ask(Questions.past, wanted, f"what became of {gate_id}")).past

    async def _catch_up(self) -> None:
        """The engine was reset: what the record has of the gates that are known here is taken from it."""
        for gate_id in list(self.open_now):
            self.messages.known_gates.being_opened(gate_id)
            past = await self._past_of(gate_id)
            if past and gate_id in self.open_now:
                await self._take_over(past, gate_id)
            self.messages.known_gates.is_opened(gate_id)

    def close(self, gate_id: str, outcome: str, **more: Any) -> None:
        """Close an open gate; the entry is written with what follows from it."""
        opening = self.open_now.pop(gate_id).opening
        self._past.pop(gate_id, None)
        self.case.note(
            f"{opening.kind} {outcome}",
            key=f"{opening.id}:closed",
            content_hash=opening.content_hash,
            effects=(Closes(gate=gate_id, outcome=outcome), *more.pop("effects", ())),
            **more,
        )

    def outcome_on_record(self, gate_id: str) -> str | None:
        """How the record has closed a gate that is open here: its procedure only goes the same way again."""
        past = self._past.get(gate_id)
        return past.outcome if past else None

    def _forget(self, _: Ending) -> None:
        """The end of the case closes them all, on record, with its own entry."""
        self.open_now.clear()

    # -- waiting ------------------------------------------------------------------------------

    async def settle(self, gate_id: str, settled: Callable[[], bool]) -> Consequence | None:
        """Rest until the open gate is settled. When its deadline passes first, say what that means."""
        while True:
            gate = self.open_now[gate_id]
            if not settled() and (past := self._past.get(gate_id)) and past.outcome:
                return gate.opening.terms.consequence  # the record has it closed, and nobody settled it
            step = gate.opened.ladder[gate.rung]
            if await self._settled_before(gate, step, settled):
                return None
            if self._moved(gate):
                continue
            if step.rung is Rung.CONSEQUENCE:
                return gate.opening.terms.consequence
            self._climb(gate, step)

    def _moved(self, gate: OpenGate) -> bool:
        """Whether the clock of a gate was changed since it was last looked at."""
        now = self.open_now.get(gate.id)
        clock = ("opened", "stopped_at", "suspended")
        return now is not None and any(getattr(now, field) != getattr(gate, field) for field in clock)

    async def _settled_before(self, gate: OpenGate, step: Step, settled: Callable[[], bool]) -> bool:
        rest = self.case.wait if GateRef.parse(gate.id).name.endswith(AGAIN) else self.case.rest
        if gate.stopped_at or gate.suspended:
            await rest(lambda: settled() or self._moved(gate))
            return settled()
        wait = step.at - self.case.now()
        if wait <= timedelta():
            await rest(lambda: True)
            return settled()
        alarm = self.case.sleep(wait, f"{step.rung}: {gate.id}")
        try:
            await rest(lambda: settled() or alarm.done() or self._moved(gate))
        finally:
            alarm.cancel()
        return settled()

    def _climb(self, gate: OpenGate, step: Step) -> None:
        """Remind, or call in the next role, and wait for the following rung."""
        opening, rung = gate.opening, gate.rung
        escalating = step.rung is Rung.ESCALATE
        role = opening.terms.escalate_to
        changed: dict[str, Any] = {"rung": rung + 1}
        lapsed: tuple[Assigns, ...] = ()
        if escalating:
            changed |= {"assigned": (), "panel": _widened(gate).panel}
            lapsed = (Assigns(seats=SeatAssignments(gate=opening.id)),) if gate.assigned else ()
        self.change(opening.id, **changed)
        letter = is_overdue(self.case.number, opening) if escalating else reminds(self.case.number, opening)
        self.case.note(
            CaseAction.ESCALATED if escalating else CaseAction.REMINDED,
            key=f"{opening.id}:{step.rung}:{rung}",
            facts={"to": [role] if escalating else list(opening.roles), "due": step.at.isoformat()},
            effects=(*lapsed, Tells(notice=letter)),
        )

    def change(self, gate_id: str, **more: Any) -> None:
        """Change what is known of an open gate."""
        self.open_now[gate_id] = self.open_now[gate_id].model_copy(update=more)

    # -- who may act there --------------------------------------------------------------------

    def misplaced(self, gate_id: str, kind: str | None = None) -> Rule | None:
        """Why a message to this gate (for a gate of this kind) cannot be taken now, or None."""
        gate = self.open_now.get(gate_id)
        if gate and gate.suspended:
            return CaseRule.RECONSIDERED
        if gate:
            return None if kind in (None, gate.opening.kind) else CaseRule.UNKNOWN_GATE
        name = GateRef.parse(gate_id).name
        same = any(GateRef.parse(open_).name == name for open_ in self.open_now)
        return CaseRule.WRONG_ROUND if same else CaseRule.STAGE_OVER

    def may_work(self, gate_id: str, kind: str, actor: Rights) -> Broken | None:
        """Why this person may not do the piece of work that a gate waits for, or None."""
        if rule := self.misplaced(gate_id, kind):
            return Broken(rule)
        gate = self.open_now[gate_id]
        if broken := self.may_take(gate, actor.actor):
            return broken
        return Broken(CaseRule.CLAIMED) if taken_by_others(gate.assigned, actor.actor.who) else None

    def may_take(self, gate: OpenGate, person: Capacity) -> Broken | None:
        """What keeps this person from the work that an open gate waits for, or None."""
        opening = gate.opening
        if not may_work_at(opening, person, gate.called_in):
            return Broken(CaseRule.ROLE_NOT_HELD)
        return may_do(person, opening.act, self.case.rules.duties) if opening.act else None


def _widened(gate: OpenGate) -> OpenGate:
    """The gate with a seat on its panel for the role that its deadline calls in."""
    if gate.panel is None:
        return gate
    panel = gate.panel.panel.widened(gate.opening.terms.escalate_to)
    return gate.model_copy(update={"panel": gate.panel.model_copy(update={"panel": panel})})
