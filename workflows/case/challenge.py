"""A conflict of interest found later: two people say whose vote it was, and it is struck out."""

from collections.abc import Callable
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case.questions import Questions
    from models.case.accepted import Accepted
    from models.case.action import CaseAction
    from models.case.approval import Gate
    from models.case.conflict_of_interest import Challenge, Conflict, Declaration
    from models.case.effects import Declares, Tells
    from models.case.gate import Decided, GateKind
    from models.case.letters import is_struck
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Capacity, Rights
    from models.case.rule import Broken, CaseRule
    from workflows.case.confirmations import Confirmations
    from workflows.case.panels import Panels
    from workflows.case.rights import ask


class Challenges:
    """Lets votes be challenged, at open panels and at those that have decided.

    ``falls`` is called with an approval that does not stand without the vote.
    """

    def __init__(
        self, panels: Panels, confirmations: Confirmations, falls: Callable[[Decided], None]
    ) -> None:
        self.panels = panels
        self.confirmations = confirmations
        self._falls = falls
        self._found: dict[str, Decided | None] = {}
        """Panels of parts of the case that are over, by gate, without the votes struck out here."""
        self._fallen: set[str] = set()
        panels.gates.messages.takes(
            "challenge",
            Challenge,
            self._may_challenge,
            self._challenge,
            since=lambda challenge: confirmations.turn(_about(challenge), challenge),
            about=lambda challenge: challenge.person,
            prepare=self._look_up,
            restore=self._restore,
            anywhere=True,
        )

    async def _look_up(self, challenge: Challenge) -> None:
        """A panel that is not ours is one of a part of the case that is over."""
        if self._as_it_is(challenge.gate) is None:
            found = await ask(Questions.decided, challenge, f"votes at {challenge.gate}")
            self._found.setdefault(challenge.gate, found.decided)

    def _may_challenge(self, challenge: Challenge, actor: Rights) -> Broken | None:
        at = self._as_it_is(challenge.gate)
        if at is None:
            return Broken(
                self.panels.gates.misplaced(challenge.gate, GateKind.APPROVAL) or CaseRule.STAGE_OVER
            )
        if at.panel.attested and not actor.attested:
            return Broken(CaseRule.NOT_ATTESTED)
        whose = actor.about or actor.actor
        if not self._may_say_so(actor, whose):
            return Broken(CaseRule.ROLE_NOT_HELD)
        if not at.panel.counts_vote_of(whose.who):
            return Broken(CaseRule.NO_VOTE, f"({challenge.person})")
        return self.confirmations.judge(_about(challenge), challenge, actor)

    def _may_say_so(self, actor: Rights, whose: Capacity) -> bool:
        """Coordinators, those who may override, and whose vote it is."""
        rules = self.panels.gates.case.rules
        roles = {*rules.coordinators, *rules.overriders}
        return actor.actor.who == whose.who or bool(roles & set(actor.actor.roles))

    def _as_it_is(self, gate_id: str) -> Decided | None:
        """A panel as it is now; a closed one changes by strikes alone."""
        gate = self.panels.gates.open_now.get(gate_id)
        if gate and gate.panel:
            return Decided(opening=gate.opening, panel=gate.panel)
        found = self.panels.closed.get(gate_id) or self._found.get(gate_id)
        return found if found and found.outcome else None

    def _challenge(self, challenge: Challenge, actor: Rights) -> Entry:
        case = self.panels.gates.case
        fields: dict[str, Any] = {"actor": challenge.actor, "reason": challenge.reason}
        if not self.confirmations.settle(_about(challenge), challenge, actor):
            key = f"{challenge.gate}:challenged:{challenge.digest()[:12]}"
            return case.entry(CaseAction.CHALLENGED, key=key, facts={"person": challenge.person}, **fields)
        at = self._as_it_is(challenge.gate)
        whose = actor.about or actor.actor
        assert at
        return self._strike(challenge, whose.who, at, fields)

    def _strike(self, challenge: Challenge, who: str, at: Decided, fields: dict[str, Any]) -> Entry:
        case, left = self.panels.gates.case, at.panel.without(who)
        falls = at.outcome == Outcome.APPROVED and not at.superseded and self._does_fall(challenge.gate, left)
        self._take_out(at, who, falls)
        conflict = Declaration(
            case=case.number, actor=challenge.person, conflict=Conflict.HARD, note=challenge.reason
        )
        letter = is_struck(case.number, at.opening, challenge.person, challenge.reason, falls)
        return case.entry(
            CaseAction.STRUCK,
            key=f"{challenge.gate}:struck:{challenge.person}",
            facts={
                "person": challenge.person,
                "who": who,
                "counts": [count.content() for count in left.counts],
                "falls": falls,
            },
            effects=(Declares(declaration=conflict), Tells(notice=letter)),
            **fields,
        )

    def _take_out(self, at: Decided, who: str, falls: bool) -> None:
        gate_id, left = at.opening.id, at.panel.without(who)
        if at.outcome is None:
            self.panels.change(gate_id, votes=left.votes)
        else:
            decided = self.panels.closed if gate_id in self.panels.closed else self._found
            decided[gate_id] = at.model_copy(update={"panel": left})
        if falls:
            self._fallen.add(gate_id)
            self._falls(at)

    def _restore(self, challenge: Challenge, accepted: Accepted) -> None:
        """Take over a challenge that the record has: asked for, or confirmed."""
        actor = Capacity(person=challenge.actor, who=accepted.who, organisation="", roles=())
        self.confirmations.settle(_about(challenge), challenge, Rights(actor=actor))
        at = self._as_it_is(challenge.gate)
        if at and "falls" in accepted.facts:
            self._take_out(at, accepted.facts["who"], accepted.facts["falls"])

    def _does_fall(self, gate_id: str, left: Gate) -> bool:
        """Whether the approval does not stand without the vote, and is not being taken again already."""
        return left.outcome is not Outcome.APPROVED and gate_id not in self._fallen


def _about(challenge: Challenge) -> str:
    """What two people must say of: the vote of one person at one gate."""
    return f"{challenge.gate}:challenge:{challenge.person}"
