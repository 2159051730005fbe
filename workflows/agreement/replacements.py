"""A signatory is replaced while others sign: a coordinator asks, a second person says the same."""

from collections import Counter
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case.rights import Directory
    from models.agreement import letters
    from models.agreement.action import AgreementAction
    from models.agreement.agreement import AgreementGate, Round
    from models.agreement.replacement import (
        Replacement,
        ReplacementWithdrawal,
        judge_replacement,
        may_replace,
    )
    from models.agreement.rule import AgreementRule
    from models.case.confirmation import requested
    from models.case.deadline import Rung
    from models.case.effects import Replaces, Tells
    from models.case.record import Entry
    from models.case.rights import Accounts, Rights
    from models.case.rule import Broken, CaseRule
    from workflows.agreement.signing import Signing
    from workflows.case.confirmations import Confirmations
    from workflows.case.rights import ask


class Replacements:
    """Lets the signatory of a party that has not signed yet be replaced. The deadline stays what it was."""

    def __init__(self, signing: Signing, confirmations: Confirmations) -> None:
        self.signing = signing
        self.gates = signing.gates
        self.confirmations = confirmations
        self._subjects: dict[str, str] = {}
        """Who is behind the accounts of those who are named in the text, as of the last message."""
        self._asked: Counter[str] = Counter()
        """How often something was asked for, by what it was about."""
        self._named: Counter[tuple[str, str]] = Counter()
        """How often somebody took another one's place, by gate and person."""
        takes = self.gates.messages.takes
        takes(
            "replace_signatory",
            Replacement,
            self._may_replace,
            self._replace,
            since=self._since,
            about=lambda wanted: wanted.new,
            prepare=self._look_up,
        )
        takes(
            "withdraw_replacement",
            ReplacementWithdrawal,
            self._may_withdraw,
            self._withdraw,
            since=lambda withdrawal: max(self._asked[_about(withdrawal)] - 1, 0),
        )

    async def _look_up(self, _: Replacement) -> None:
        if (round_ := self.signing.round) is None:
            return
        named = tuple(party.signatory for party in round_.text.parties)
        found = await ask(Directory.subjects, Accounts(persons=named), "who is behind the signatories")
        self._subjects = found.who

    def _since(self, wanted: Replacement) -> str | int:
        """The same words ask again once what they asked for is over, unconfirmed."""
        about = _about(wanted)
        return self.confirmations.turn(about, wanted) or self.confirmations.over(about, wanted)

    # -- asked for, and confirmed -------------------------------------------------------------

    def _may_replace(self, wanted: Replacement, actor: Rights) -> Broken | None:
        round_ = self._open_round(wanted.gate)
        if isinstance(round_, Broken):
            return round_
        if wanted.times != self._named[wanted.gate, wanted.old]:
            return Broken(AgreementRule.REPLACED_SINCE)
        new = actor.about or actor.actor
        others = frozenset(who for person, who in self._subjects.items() if person != wanted.old)
        return (
            judge_replacement(round_, wanted, new, others)
            or may_replace(round_, wanted, actor.actor, new, self._coordinators)
            or self._first_is_a_coordinator(wanted, actor)
            or self.confirmations.judge(_about(wanted), wanted, actor)
        )

    def _first_is_a_coordinator(self, wanted: Replacement, actor: Rights) -> Broken | None:
        """Whoever belongs to the party only confirms."""
        pending = self.confirmations.waiting(_about(wanted))
        confirms = pending is not None and pending.what == requested(wanted)
        asks_alone = not confirms and not self._coordinators & set(actor.actor.roles)
        return Broken(CaseRule.ROLE_NOT_HELD, "A coordinator asks for it first.") if asks_alone else None

    def _replace(self, wanted: Replacement, actor: Rights) -> Entry:
        about, round_ = _about(wanted), self.signing.round
        assert round_
        party = round_.party_of(wanted.old)
        assert party
        asked = self.confirmations.settle(about, wanted, actor)
        fields = self._fields(wanted, {"old": wanted.old, "new": wanted.new, "party": party.organisation})
        number, roles = self.gates.case.number, tuple(sorted(self._coordinators))
        if asked is None:
            self._asked[about] += 1
            key = f"{wanted.gate}:replacement:{self._asked[about]}:{wanted.digest()[:12]}"
            told = Tells(notice=letters.replacement_waits(number, wanted, party, roles))
            return self.gates.case.entry(
                AgreementAction.REPLACEMENT_ASKED, key=key, effects=(told,), **fields
            )
        fields["facts"] |= {"asked_by": asked.actor}
        key = f"{wanted.gate}:replaced:{self._named.total()}:{wanted.digest()[:12]}"
        others = tuple(one.signatory for one in round_.text.parties)
        letter = letters.is_replaced(number, wanted, party, self._due(wanted.gate), roles, others)
        self._put_in_place(wanted, round_)
        effects = (Replaces(gate=wanted.gate, old=wanted.old, new=wanted.new), Tells(notice=letter))
        return self.gates.case.entry(AgreementAction.REPLACED, key=key, effects=effects, **fields)

    def _put_in_place(self, wanted: Replacement, round_: Round) -> None:
        """The round, and those who are reminded, name the new one from now on."""
        self.signing.round = round_.replaced(wanted.old, wanted.new)
        opening = self.gates.open_now[wanted.gate].opening
        persons = tuple(wanted.new if one == wanted.old else one for one in opening.persons)
        self.gates.change(wanted.gate, opening=opening.model_copy(update={"persons": persons}))
        self._named[wanted.gate, wanted.new] += 1

    # -- wanted no more -----------------------------------------------------------------------

    def _may_withdraw(self, withdrawal: ReplacementWithdrawal, actor: Rights) -> Broken | None:
        round_ = self._open_round(withdrawal.gate)
        if isinstance(round_, Broken):
            return round_
        pending = self.confirmations.waiting(_about(withdrawal))
        if pending is None:
            return Broken(AgreementRule.NO_REPLACEMENT, f"({withdrawal.old})")
        theirs = pending.who == actor.actor.who or self._coordinators & set(actor.actor.roles)
        return None if theirs else Broken(CaseRule.ROLE_NOT_HELD)

    def _withdraw(self, withdrawal: ReplacementWithdrawal, _: Rights) -> Entry:
        about, number = _about(withdrawal), self.gates.case.number
        pending = self.confirmations.waiting(about)
        assert pending
        self.confirmations.withdraw(about)
        letter = letters.is_kept(number, withdrawal.gate, withdrawal.old, pending.actor, withdrawal.reason)
        return self.gates.case.entry(
            AgreementAction.REPLACEMENT_WITHDRAWN,
            key=f"{withdrawal.gate}:replacement:{self._asked[about]}:{withdrawal.digest()[:12]}",
            effects=(Tells(notice=letter),),
            **self._fields(withdrawal, {"old": withdrawal.old, "asked_by": pending.actor}),
        )

    # -- both ---------------------------------------------------------------------------------

    @property
    def _coordinators(self) -> frozenset[str]:
        return frozenset(self.gates.case.rules.coordinators)

    def _open_round(self, gate_id: str) -> Round | Broken:
        if rule := self.gates.misplaced(gate_id, AgreementGate.SIGNING):
            return Broken(rule)
        round_ = self.signing.round
        return Broken(CaseRule.STAGE_OVER) if round_ is None or round_.settled else round_

    def _due(self, gate_id: str) -> str:
        ladder = self.gates.open_now[gate_id].opened.ladder
        return next(f"{step.at:%Y-%m-%d}" for step in ladder if step.rung is Rung.ESCALATE)

    def _fields(self, said: Replacement | ReplacementWithdrawal, facts: dict[str, Any]) -> dict[str, Any]:
        round_ = self.signing.round
        assert round_
        document = round_.text.document
        return {"actor": said.actor, "reason": said.reason, "content_hash": document, "facts": facts}


def _about(said: Replacement | ReplacementWithdrawal) -> str:
    """What two people must say of: who signs instead of this one, at this gate."""
    return f"{said.gate}:replacement:{said.old}"
