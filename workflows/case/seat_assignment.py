"""Seats and work of open gates: taken on, given back, passed on. They end when the gate is due."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.effects import Assigns, Tells
    from models.case.gate import OpenGate
    from models.case.judge import may_decide, seat_of
    from models.case.letters import is_reassigned
    from models.case.panel import Choice
    from models.case.record import Entry
    from models.case.rights import Capacity, Rights
    from models.case.rule import Broken, CaseRule
    from models.case.seat_assignment import (
        Reassignment,
        SeatAssignment,
        SeatAssignments,
        passes,
        taken_by_others,
        without,
    )
    from workflows.case.gates import Gates


class SeatAssignmentPart:
    """Lets people take on a seat or a piece of work alone."""

    def __init__(self, gates: Gates) -> None:
        self.gates = gates
        gates.messages.takes(
            "reassign",
            Reassignment,
            self._may_reassign,
            self._reassign,
            since=self._so_far,
            about=_somebody_else,
        )

    def _so_far(self, wanted: Reassignment) -> int:
        gate = self.gates.open_now.get(wanted.gate)
        return gate.assignments if gate else 0

    def _may_reassign(self, wanted: Reassignment, actor: Rights) -> Broken | None:
        if rule := self.gates.misplaced(wanted.gate):
            return Broken(rule)
        gate = self.gates.open_now[wanted.gate]
        if gate.panel and gate.panel.attested and not actor.attested:
            return Broken(CaseRule.NOT_ATTESTED)
        if not wanted.own and not set(actor.actor.roles) & set(self.gates.case.rules.coordinators):
            return Broken(CaseRule.ROLE_NOT_HELD, "Other people's work is reassigned by coordinators.")
        if broken := passes(gate.assigned, wanted):
            return broken
        seats = self._after(gate, wanted, actor)
        return seats if isinstance(seats, Broken) else None

    def _reassign(self, wanted: Reassignment, actor: Rights) -> Entry:
        gate = self.gates.open_now[wanted.gate]
        seats = self._after(gate, wanted, actor)
        assert not isinstance(seats, Broken)
        self.gates.change(wanted.gate, assigned=seats, assignments=gate.assignments + 1)
        effects: list[Any] = [Assigns(seats=SeatAssignments(gate=wanted.gate, claims=seats))]
        if not wanted.own:
            letter = is_reassigned(
                self.gates.case.number, wanted.gate, wanted.old, wanted.new, wanted.reason, wanted.actor
            )
            effects.append(Tells(notice=letter))
        return self.gates.case.entry(
            wanted.action,
            key=f"{wanted.gate}:claims:{gate.assignments + 1}",
            actor=wanted.actor,
            reason=wanted.reason,
            facts={"from": wanted.old, "to": wanted.new},
            effects=tuple(effects),
        )

    def _after(
        self, gate: OpenGate, wanted: Reassignment, actor: Rights
    ) -> tuple[SeatAssignment, ...] | Broken:
        """All that is assigned at the gate once this is done, or the rule that forbids it."""
        kept = without(gate.assigned, wanted.old)
        if not wanted.new:
            return kept
        new = self._assignment(gate, wanted, (actor.about or actor.actor), kept)
        return new if isinstance(new, Broken) else (*kept, new)

    def _assignment(
        self, gate: OpenGate, wanted: Reassignment, new: Capacity, others: tuple[SeatAssignment, ...]
    ) -> SeatAssignment | Broken:
        """What ``new`` takes on, or the rule that keeps them from it."""
        if not new.organisation:
            return Broken(CaseRule.UNKNOWN_PERSON, f"({new.person})")
        if gate.opening.personal:
            return Broken(CaseRule.NO_CLAIM, "Signatures cannot be claimed.")
        if gate.panel is None:
            broken = self.gates.may_take(gate, new)
            taken = taken_by_others(others, new.who)
            return broken or (
                Broken(CaseRule.CLAIMED) if taken else SeatAssignment(person=new.person, who=new.who)
            )
        if broken := may_decide(gate.panel, Choice.APPROVE, new):
            return broken
        seat = seat_of(gate.panel, new, wanted.role, others)
        if isinstance(seat, Broken):
            return seat
        return SeatAssignment(person=new.person, who=new.who, body=seat[0], role=seat[1])

    def use_up(self, gate_id: str, person: str) -> tuple[Assigns, ...]:
        """What an entry adds that uses up the seat assigned to ``person``; nothing where there is none."""
        gate = self.gates.open_now[gate_id]
        kept = without(gate.assigned, person)
        if kept == gate.assigned:
            return ()
        self.gates.change(gate_id, assigned=kept)
        return (Assigns(seats=SeatAssignments(gate=gate_id, claims=kept)),)


def _somebody_else(wanted: Reassignment) -> str | None:
    """Whoever shall take it on, where that is not the actor."""
    return wanted.new if wanted.new != wanted.actor else None
