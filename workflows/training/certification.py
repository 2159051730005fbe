"""Certification: who has attended enough gets a certificate; who has not may appeal."""

from datetime import timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from temporalio.common import RetryPolicy

    from activities.training.certificates import Certificates
    from activities.training.questions import CohortQuestions
    from models.case.accepted import Accepted
    from models.case.approval import Verdict
    from models.case.deadline import day_in
    from models.case.duty import Act
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Capacity, Rights
    from models.case.rule import Broken, CaseRule
    from models.training.action import CohortAction, CohortGate
    from models.training.cohort import Stage, Status
    from models.training.course import Appeal, Attended, Revocation, earns_certificate
    from models.training.effects import Certifies, Revokes
    from models.training.enrolment import Enrolment, EnrolmentState
    from models.training.questions import (
        AttendanceFound,
        AttendanceWanted,
        CertificateMade,
        CertificateWanted,
    )
    from models.training.terms import CohortTerms
    from workflows.case.case import CaseFile
    from workflows.case.confirmations import Confirmations
    from workflows.case.panels import Panels
    from workflows.case.rights import ask
    from workflows.training.roster import Roster
    from workflows.training.tasks import Tasks

_S = EnrolmentState
_AT_ONCE = 8
"""So many certificates are made side by side."""
_MAKING = timedelta(seconds=60)
_FOREVER = RetryPolicy(maximum_interval=timedelta(minutes=10))
"""A name that no font can print waits for who corrects it in the register."""


class Certification:
    """Has certificates made, hears appeals, takes certificates back."""

    def __init__(
        self,
        case: CaseFile[CohortTerms],
        panels: Panels,
        confirmations: Confirmations,
        tasks: Tasks,
        roster: Roster,
    ) -> None:
        self.case = case
        self.panels = panels
        self.confirmations = confirmations
        self.tasks = tasks
        self.roster = roster
        self._answered: set[str] = set()
        """Whose appeal was decided, or waived."""
        self._heard: list[str] = []
        """Who has appealed, in order."""
        self._appeals = 0
        """How many of them are still to be decided."""
        messages = panels.gates.messages
        messages.takes("appeal", Appeal, self._may_appeal, self._appeal)
        messages.takes(
            "revoke_certificate",
            Revocation,
            self._may_revoke,
            self._revoke,
            since=lambda revocation: confirmations.turn(_about(revocation), revocation),
            restore=self._restore,
            of_case=True,
        )

    async def certify(self) -> None:
        """Complete the course, certify, hear appeals until their time is over."""
        self.case.journal.add(self.case.move(Stage.COMPLETED, Status.OPEN, CohortAction.COMPLETED))
        for one in self.roster.in_state(_S.ATTENDING):
            enrols = self.roster.become(one.nominee, _S.COMPLETED)
            self.case.journal.add(self.roster.entry("completed", one.nominee, (enrols,)))
        await self._certify_all(await self._earned())
        if self._without():
            await self._hear_appeals()

    async def _earned(self) -> list[Enrolment]:
        """Who has completed the course with as much attendance as the programme asks for."""
        await self.case.written()
        wanted = AttendanceWanted(case=self.case.number)
        found: AttendanceFound = await ask(CohortQuestions.attendance, wanted, "who was there?")
        attended = {one.nominee: Attended(one.days, one.present) for one in found.days}
        percent = self.case.rules.certificate.attendance_percent
        return [
            one
            for one in self._without()
            if earns_certificate(attended.get(one.nominee, Attended(0, 0)), percent)
        ]

    def _without(self) -> tuple[Enrolment, ...]:
        return self.roster.in_state(_S.COMPLETED)

    async def _certify_all(self, earned: list[Enrolment]) -> None:
        """A few at a time."""
        for first in range(0, len(earned), _AT_ONCE):
            some = earned[first : first + _AT_ONCE]
            await self.case.together(*(self._certify(one.nominee) for one in some))

    async def _certify(self, nominee: str) -> None:
        """Have a certificate made, unless there is one. While it is made, the roster can be taken over anew:
        whoever is certified there has theirs, and a number that is known no more is not used.
        """
        while (one := self.roster.known(nominee)).state is _S.COMPLETED:
            number = self._numbered(one)
            made = await self.case.until(self._make(one, number))
            now = self.roster.known(nominee)
            if (now.state, now.certificate) == (_S.COMPLETED, number):
                self._put_down(nominee, number, made.document)

    def _numbered(self, one: Enrolment) -> str:
        """The next number of this cohort; from now on nobody else gets it."""
        given = (other.certificate for other in self.roster.all if other.certificate)
        last = max((int(number.rpartition("-")[2]) for number in given), default=0)
        number = f"{self.case.number}-{last + 1:03d}"
        self.roster.put(one.model_copy(update={"certificate": number}))
        return number

    async def _make(self, one: Enrolment, number: str) -> CertificateMade:
        wanted = CertificateWanted(
            case=self.case.number,
            number=number,
            nominee=one.nominee,
            issued=day_in(self.case.rules.zone, self.case.now()),
        )
        return await workflow.execute_activity_method(
            Certificates.make,
            wanted,
            start_to_close_timeout=_MAKING,
            retry_policy=_FOREVER,
            summary=number,
        )

    def _put_down(self, nominee: str, number: str, document: str) -> None:
        enrols = self.roster.become(nominee, _S.CERTIFIED, certificate=number, reason="")
        issued = Certifies(number=number, nominee=nominee, document=document)
        letters = self.roster.letters([self.roster.known(nominee)])
        entry = self.roster.entry(
            CohortAction.CERTIFIED,
            nominee,
            (enrols, issued, *letters),
            content_hash=document,
            facts={"number": number},
        )
        self.case.journal.add(entry)

    # -- appeals ------------------------------------------------------------------------------

    async def _hear_appeals(self) -> None:
        without = self._without()
        told = self.roster.letters(without)
        await self.tasks.done(
            CohortGate.APPEALS,
            1,
            self.case.rules.appeal.deadline,
            self.case.entry(CohortAction.APPEALS_OPENED, effects=told),
            lambda: all(one.nominee in self._answered for one in self._without()),
            question="Appeal for a certificate, or say that there is no appeal",
            roles=self.case.rules.nominators,
            organisations=self.roster.asked(without),
        )
        await self.case.rest(lambda: self._appeals == 0)

    async def _hear(self, appeal: Appeal, number: int) -> None:
        verdict = await self.panels.convene(
            "training.appeal",
            number,
            self.case.rules.appeal,
            self.case.entry(CohortAction.APPEAL_HEARD, round=number),
            barred=(appeal.actor,),
            question=f"Give {appeal.nominee} a certificate in spite of the attendance?",
            subject={"nominee": appeal.nominee, "reason": appeal.reason},
            act=Act.EVALUATE,
        )
        assert isinstance(verdict, Verdict), "no money moves with it"
        one = self.roster.find(appeal.nominee)
        if verdict.outcome is Outcome.APPROVED and one:
            await self._certify(appeal.nominee)
        self._answered.add(appeal.nominee)
        self._appeals -= 1
        self.case.journal.moves += 1

    def _may_appeal(self, appeal: Appeal, actor: Rights) -> Broken | None:
        if broken := self.panels.gates.may_work(appeal.gate, CohortGate.APPEALS, actor):
            return broken
        if broken := self.roster.own(appeal.nominee, actor):
            return broken
        if appeal.nominee in self._answered or appeal.nominee in self._heard:
            return Broken(CaseRule.STAGE_OVER)
        return self.roster.may_become(appeal.nominee, _S.CERTIFIED)

    def _appeal(self, appeal: Appeal, _: Rights) -> Entry:
        fields: dict[str, Any] = {"actor": appeal.actor, "reason": appeal.reason}
        fields |= {"facts": {"nominee": appeal.nominee}}
        if appeal.waived:
            self._answered.add(appeal.nominee)
            key = f"{appeal.gate}:waived:{appeal.nominee}"
            return self.case.entry(CohortAction.WAIVED, key=key, **fields)
        self._heard.append(appeal.nominee)
        self._appeals += 1
        self.case.alongside(self._hear(appeal, len(self._heard)))
        key = f"{appeal.gate}:appeal:{appeal.nominee}"
        return self.case.entry(CohortAction.APPEALED, key=key, act=Act.DRAFT, **fields)

    # -- revocation ---------------------------------------------------------------------------

    def _may_revoke(self, revocation: Revocation, actor: Rights) -> Broken | None:
        if broken := self.roster.may_coordinate(actor):
            return broken
        if broken := self.roster.may_become(revocation.nominee, _S.REVOKED):
            return broken
        return self.confirmations.judge(_about(revocation), revocation, actor)

    def _revoke(self, revocation: Revocation, actor: Rights) -> Entry:
        fields: dict[str, Any] = {"actor": revocation.actor, "reason": revocation.reason}
        if self.confirmations.settle(_about(revocation), revocation, actor) is None:
            key = f"{self.case.number}:{_about(revocation)}:{revocation.digest()[:12]}"
            facts = {"nominee": revocation.nominee}
            return self.case.entry(CohortAction.REVOCATION_ASKED, key=key, facts=facts, **fields)
        number = str(self.roster.known(revocation.nominee).certificate)
        enrols = self.roster.become(revocation.nominee, _S.REVOKED, reason=revocation.reason)
        letters = self.roster.letters([self.roster.known(revocation.nominee)])
        return self.roster.entry(
            CohortAction.REVOKED,
            revocation.nominee,
            (enrols, Revokes(number=number), *letters),
            facts={"number": number},
            **fields,
        )

    def _restore(self, revocation: Revocation, accepted: Accepted) -> None:
        actor = Rights(actor=Capacity(person=revocation.actor, who=accepted.who, organisation="", roles=()))
        self.confirmations.settle(_about(revocation), revocation, actor)


def _about(revocation: Revocation) -> str:
    return f"revoke:{revocation.nominee}"
