"""Gates: opened on record, rested at under a deadline, closed on record. One at a time is open."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.base import digest
    from models.case.deadline import Consequence, Rung, Step
    from models.case.notice import Draft
    from models.case.record import Carried, Entry, GateKind, Opening, Receipt, Session
    from models.case.seat_assignment import Claims
    from models.partnership.partnership import Proposal, Standing
    from models.partnership.programme import Programme
    from workflows.case.case import Casework


class Gated(Casework):
    """Casework that waits at gates."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing)
        self.session: Session | None = carried.session
        self.moved = False
        """Whether the clock of the open gate was changed since it was last looked at."""
        self._being_opened = ""
        self._past = list(carried.past)

    def _open_id(self) -> str:
        return self.session.opening.id if self.session else ""

    async def open(self, opening: Opening, entry: Entry) -> Receipt | None:
        """Open a gate, as an effect of ``entry``. The receipt says if its transfer was refused.

        None: the gate is open already, carried over from an earlier run.
        """
        if self.session and self.session.opening.id == opening.id:
            return None
        asked = Draft(
            subject=f"{self.case}: {opening.question}",
            body=f"Gate {opening.id} waits for you.\n\n{opening.question}\n\naccord inbox",
            roles=opening.roles,
            persons=opening.persons,
        )
        effects = {"key": f"{opening.id}:opened", "opens": opening, "notices": (*entry.notices, asked)}
        opened = entry.model_copy(update=effects)
        self._being_opened = opening.id
        try:
            receipt = await self.write(opened)
        except asyncio.CancelledError:  # it may be on record by now: what is written next closes it
            self._being_opened = ""
            self._shut(opening, "stopped")
            raise
        if receipt.opened:
            on_record = opening.model_copy(update={"content_hash": receipt.opened.content_hash})
            self.session = Session(opening=on_record, opened=receipt.opened)
        self.seat()
        self._being_opened = ""
        return receipt

    def seat(self) -> None:
        """Make the gate that was just opened ready for messages."""

    async def sit(self, settled: Callable[[], bool]) -> Consequence | None:
        """Rest until the open gate is settled. When its deadline passes first, say what that means."""
        while self.session:
            step, self.moved = self.session.opened.ladder[self.session.rung], False
            if await self._settled_before(step, settled):
                return None
            if self.moved:
                continue
            if step.rung is Rung.CONSEQUENCE:
                return self.session.opening.terms.consequence
            self._climb(step)
        return None

    async def _settled_before(self, step: Step, settled: Callable[[], bool]) -> bool:
        if self.session and self.session.stopped_at:
            await self.rest(lambda: settled() or self.moved)
            return settled()
        wait = max(step.at - workflow.now(), timedelta())
        alarm = asyncio.create_task(workflow.sleep(wait, summary=f"{step.rung}: {self._open_id()}"))
        try:
            await self.rest(lambda: settled() or alarm.done() or self.moved)
        finally:
            alarm.cancel()
        return settled()

    def _climb(self, step: Step) -> None:
        """Remind, or call in the next role, and wait for the following rung."""
        assert self.session
        opening, rung = self.session.opening, self.session.rung
        escalating = step.rung is Rung.ESCALATE
        told = (opening.terms.escalate_to,) if escalating else opening.roles
        lapsed = escalating and bool(self.session.claims)
        claims = () if escalating else self.session.claims
        self.session = self.session.model_copy(update={"rung": rung + 1, "claims": claims})
        if escalating:
            self.escalate(opening.terms.escalate_to)
        self.note(
            "escalated" if escalating else "reminded",
            key=f"{opening.id}:{step.rung}:{rung}",
            facts={"to": list(told), "due": step.at.isoformat()},
            claims=Claims(gate=opening.id) if lapsed else None,
            notices=(
                Draft(
                    subject=f"{self.case}: {'overdue' if escalating else 'reminder'}, {opening.question}",
                    body=f"Gate {opening.id} is waiting.\n\naccord inbox",
                    roles=told,
                    persons=opening.persons,
                ),
            ),
        )

    def escalate(self, role: str) -> None:
        """What a deadline adds to the open gate when it calls in ``role``."""

    def close(self, outcome: str, **more: Any) -> None:
        """Close the open gate; the entry is written with what follows from it."""
        assert self.session
        opening, self.session = self.session.opening, None
        self._shut(opening, outcome, **more)

    def _shut(self, opening: Opening, outcome: str, **more: Any) -> None:
        self._past.append(opening.id)
        self.note(
            f"{opening.kind} {outcome}",
            key=f"{opening.id}:closed",
            closes={opening.id: outcome},
            content_hash=opening.content_hash,
            **more,
        )

    def opening(self, kind: GateKind, name: str, round_: int, **more: Any) -> Opening:
        """A gate of this case, over the content ``subject``."""
        return Opening(
            id=f"{self.case}:{name}:{round_}",
            kind=kind,
            content_hash=digest(more["subject"]),
            zone=self.programme.zone,
            countries=self.countries,
            **more,
        )
