"""Substitution: before the cut-off, another official takes the seat of one who cannot come."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.duty import Act
    from models.case.record import Entry
    from models.case.rights import Capacity, Rights
    from models.case.rule import Broken
    from models.training.action import CohortAction
    from models.training.enrolment import Enrolment, EnrolmentState
    from models.training.nomination import Substitution
    from models.training.rule import TrainingRule
    from workflows.case.confirmations import Confirmations
    from workflows.case.messages import Messages
    from workflows.training.roster import Roster
    from workflows.training.seating import Seating

_S = EnrolmentState


class Substitutions:
    """Takes substitutes: the nominating authority and a coordinator say the same, in either order."""

    def __init__(
        self, messages: Messages, confirmations: Confirmations, roster: Roster, seating: Seating
    ) -> None:
        self.confirmations = confirmations
        self.roster = roster
        self.seating = seating
        self._asked_by_authority: dict[str, bool] = {}
        """Which side asked for the substitute of somebody."""
        messages.takes(
            "substitute",
            Substitution,
            self._may_substitute,
            self._substitute,
            since=lambda wanted: confirmations.turn(_about(wanted), wanted),
            prepare=lambda wanted: roster.look_up(wanted.nominee, wanted.dossier),
            restore=self._restore,
            of_case=True,
        )

    def _may_substitute(self, wanted: Substitution, actor: Rights) -> Broken | None:
        authority = self.roster.own(wanted.leaving, actor) is None
        if not authority and (broken := self.roster.may_coordinate(actor)):
            return broken
        if broken := self._seat(wanted) or self._newcomer(wanted):
            return broken
        if broken := self.confirmations.judge(_about(wanted), wanted, actor):
            return broken
        return self._of_two_sides(wanted, actor, authority)

    def _seat(self, wanted: Substitution) -> Broken | None:
        """Why this seat cannot be passed on, or None."""
        if self.seating.over:
            return Broken(TrainingRule.CUT_OFF)
        return self.roster.may_become(wanted.leaving, _S.REPLACED)

    def _newcomer(self, wanted: Substitution) -> Broken | None:
        """Why this official cannot take it, or None."""
        leaving, new = self.roster.known(wanted.leaving), self.roster.find(wanted.nominee)
        if not wanted.nominee.startswith(f"{leaving.country.lower()}-"):
            return Broken(TrainingRule.OTHER_COUNTRY, f"({wanted.nominee})")
        if new and new.state not in (_S.WAITLISTED, _S.WITHDRAWN, _S.DECLINED, _S.LAPSED):
            return Broken(TrainingRule.ONCE_PER_COHORT, f"{wanted.nominee} is {new.state}.")
        if broken := self.roster.may_enrol(wanted.nominee, wanted.dossier):
            return broken
        missing = [kind for kind in self.roster.plan.documents if kind not in wanted.documents]
        return Broken(TrainingRule.DOCUMENTS, f"({', '.join(missing)})") if missing else None

    def _of_two_sides(self, wanted: Substitution, actor: Rights, authority: bool) -> Broken | None:
        """Two coordinators, or two of the authority, are not two sides."""
        other = self._asked_by_authority.get(_same(wanted))
        return Broken(TrainingRule.TWO_SIDES) if other is not None and other == authority else None

    def _substitute(self, wanted: Substitution, actor: Rights) -> Entry:
        fields: dict[str, Any] = {"actor": wanted.actor, "reason": wanted.reason}
        fields |= {"content_hash": wanted.dossier}
        authority = self.roster.own(wanted.leaving, actor) is None
        if self.confirmations.settle(_about(wanted), wanted, actor) is None:
            self._asked_by_authority[_same(wanted)] = authority
            facts = {"nominee": wanted.nominee, "leaving": wanted.leaving, "authority": authority}
            key = f"{_about(wanted)}:{self.roster.changes(wanted.leaving)}:{wanted.digest()[:12]}"
            key = f"{self.roster.case.number}:{key}"
            return self.roster.case.entry(CohortAction.SUBSTITUTE_ASKED, key=key, facts=facts, **fields)
        self._asked_by_authority.pop(_same(wanted), None)
        leaving = self.roster.known(wanted.leaving)
        left = self.roster.become(wanted.leaving, _S.REPLACED, reason=wanted.reason)
        came = self.roster.put(self._seated(wanted, leaving))
        letters = self.roster.letters([self.roster.known(wanted.nominee)])
        facts = {"leaving": wanted.leaving}
        effects = (left, came, *letters)
        return self.roster.entry(
            CohortAction.SUBSTITUTED, wanted.nominee, effects, act=Act.DRAFT, facts=facts, **fields
        )

    def _seated(self, wanted: Substitution, leaving: Enrolment) -> Enrolment:
        """The newcomer in the seat; the authority that names a substitute confirms with it."""
        before = self.roster.find(wanted.nominee)
        return Enrolment(
            nominee=wanted.nominee,
            country=leaving.country,
            authority=leaving.authority,
            state=_S.CONFIRMED,
            dossier=wanted.dossier,
            rank=before.rank if before else None,
            round=leaving.round,
            nominations=self.roster.nominations(wanted.nominee) + 1,
            withdrawals=self.roster.withdrawals(wanted.nominee),
            changes=self.roster.changes(wanted.nominee) + 1,
        )

    def _restore(self, wanted: Substitution, accepted: Accepted) -> None:
        """The roster has what was confirmed; what was only asked for still waits."""
        actor = Rights(actor=Capacity(person=wanted.actor, who=accepted.who, organisation="", roles=()))
        asked = self.confirmations.settle(_about(wanted), wanted, actor) is None
        authority = bool(accepted.facts.get("authority"))
        self._asked_by_authority.pop(_same(wanted), None)
        if asked:
            self._asked_by_authority[_same(wanted)] = authority


def _about(wanted: Substitution) -> str:
    return f"substitute:{wanted.leaving}"


def _same(wanted: Substitution) -> str:
    return f"{wanted.leaving}:{wanted.nominee}:{wanted.dossier}"
