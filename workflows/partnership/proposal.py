"""The proposal of a partnership while its case is open: revised when returned, withdrawn at any time."""

from collections.abc import Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.deadline import Terms
    from models.case.duty import Act
    from models.case.effects import Begins, Tells
    from models.case.letters import is_void
    from models.case.panel import Outcome
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule, Rule
    from models.money.effects import StopsWaiting
    from models.partnership.action import PartnershipAction, PartnershipGate
    from models.partnership.effects import Proposes
    from models.partnership.partnership import Proposal, Resubmission, Status, Withdrawal
    from models.partnership.programme import PartnershipTerms
    from models.partnership.rule import PartnershipRule
    from workflows.case.case import CaseFile
    from workflows.case.ended import Ended
    from workflows.case.gates import Gates


class Proposals:
    """The proposal as it is now, and everybody who handed in a version of it."""

    def __init__(self, case: CaseFile[PartnershipTerms], gates: Gates, proposal: Proposal) -> None:
        self.case = case
        self.gates = gates
        self.proposal = proposal
        self.handed_in: tuple[str, ...] = (proposal.proposer,)
        """None of them may vote on any version."""
        self.voters: tuple[str, ...] = ()
        """Who voted last: a change of the content makes their votes void."""
        self.amount_is_fixed = False
        self._revised: Proposal | None = None
        self._withdrawn = False
        takes = gates.messages.takes
        takes("withdraw", Withdrawal, self._may_withdraw, self._withdraw, of_case=True)
        takes("resubmit", Resubmission, self._may_resubmit, self._resubmit, restore=self._restore)

    def register(self) -> None:
        """Put the proposal on record; one that breaks the programme's rules goes no further."""
        self.case.journal.first_effects = ()  # the proposal says it itself
        self.case.note(
            PartnershipAction.PROPOSED,
            key=f"{self.case.number}:proposed",
            actor=self.proposal.proposer,
            act=Act.DRAFT,
            attested=self.case.terms.attested,
            content_hash=self.proposal.digest(),
            effects=self._effects(self.proposal),
        )
        if rule := self.case.rules.refuses(self.proposal):
            raise Ended(Status.REJECTED, rule.text)

    def _effects(
        self, proposal: Proposal, applicant: str | None = None
    ) -> tuple[Begins, Proposes, StopsWaiting]:
        case = self.case.case
        named = (applicant, proposal.applicant) if applicant else (proposal.applicant,)
        parties = tuple(dict.fromkeys((*case.parties, *named)))  # nobody is unbound by a revision
        self.case.case = case.model_copy(
            update={"title": proposal.title, "amount": proposal.requested, "parties": parties}
        )
        begins = Begins(case=self.case.case, standing=self.case.standing)
        return (begins, Proposes(proposal=proposal), StopsWaiting())

    # -- revision -----------------------------------------------------------------------------

    async def revise(
        self,
        name: str,
        round_: int,
        waiting: Entry,
        points: str,
        terms: Terms,
        unless: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Wait for a revised proposal that answers ``points``; without one the case lapses.

        False: it came to ``unless`` first, and the proposal is what it was.
        """
        self._revised = None
        opening = self.gates.opening(
            PartnershipGate.REVISION,
            f"{name}.revision",
            round_,
            question=f"Revise and resubmit: {points or 'no comment was given'}"[:500],
            roles=self.case.rules.coordinators,
            persons=(self.proposal.proposer,),
            subject={"returned": self.proposal.content(), "points": points},
            terms=terms,
            act=Act.DRAFT,
        )
        await self.gates.open(opening, waiting)

        def settled() -> bool:
            superseded = self.gates.outcome_on_record(opening.id) == Outcome.SUPERSEDED
            return self._revised is not None or superseded or unless()

        if await self.gates.settle(opening.id, settled):
            self.gates.close(opening.id, Outcome.LAPSED)
            raise Ended(Status.LAPSED, "The revision was not handed in in time.")
        revised: Proposal | None = self._revised
        self.gates.close(opening.id, "done" if revised else Outcome.SUPERSEDED)
        self.proposal = revised or self.proposal
        return revised is not None

    def _may_resubmit(self, resubmission: Resubmission, actor: Rights) -> Broken | None:
        if broken := self.gates.may_work(resubmission.gate, PartnershipGate.REVISION, actor):
            return broken
        rule = self._breaks(resubmission.proposal)
        return Broken(rule) if rule else None

    def _breaks(self, new: Proposal) -> Rule | None:
        fixed = (self.case.number, self.proposal.proposer, self.proposal.country)
        if (new.case, new.proposer, new.country) != fixed:
            return CaseRule.ANOTHER_CASE
        if self._revised:
            return CaseRule.STAGE_OVER
        if self.amount_is_fixed and new.requested != self.proposal.requested:
            return PartnershipRule.MONEY_FIXED
        return CaseRule.NOTHING_CHANGED if new == self.proposal else self.case.rules.refuses(new)

    def _resubmit(self, resubmission: Resubmission, _: Rights) -> Entry:
        new = resubmission.proposal
        self._take_over(resubmission)
        told = (Tells(notice=is_void(self.case.number, self.voters)),) if self.voters else ()
        return self.case.entry(
            PartnershipAction.RESUBMITTED,
            key=f"{resubmission.gate}:resubmitted",
            actor=resubmission.actor,
            act=Act.DRAFT,
            content_hash=new.digest(),
            effects=(*self._effects(new, resubmission.applicant), *told),
        )

    def _restore(self, resubmission: Resubmission, _: Accepted) -> None:
        self._take_over(resubmission)
        self._effects(resubmission.proposal, resubmission.applicant)

    def _take_over(self, resubmission: Resubmission) -> None:
        self._revised = resubmission.proposal
        self.handed_in = (*self.handed_in, resubmission.actor)

    # -- withdrawal ---------------------------------------------------------------------------

    def _may_withdraw(self, withdrawal: Withdrawal, actor: Rights) -> Broken | None:
        if self._withdrawn:
            return Broken(CaseRule.CASE_CLOSED)
        coordinates = set(actor.actor.roles) & set(self.case.rules.coordinators)
        mine = actor.actor.named_is_enough and withdrawal.actor == self.proposal.proposer
        return None if mine or coordinates else Broken(CaseRule.ROLE_NOT_HELD)

    def _withdraw(self, withdrawal: Withdrawal, _: Rights) -> Entry:
        self._withdrawn = True
        self.case.interrupt(Ended(Status.WITHDRAWN, withdrawal.reason))
        return self.case.entry(PartnershipAction.WITHDRAWAL, actor=withdrawal.actor, reason=withdrawal.reason)
