"""What the proposer can do while a case is open: withdraw it, or answer a return with a revision."""

from collections.abc import Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.deadline import Terms
    from models.case.duty import Act
    from models.case.notice import Draft
    from models.case.panel import Outcome
    from models.case.record import Answer, Carried, Entry, GateKind
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import Proposal, Resubmission, Standing, Status, Withdrawal
    from models.partnership.programme import Programme
    from workflows.case.case import Ended
    from workflows.case.conflict_of_interest import Disclosing
    from workflows.case.message import address


class Revisable(Disclosing):
    """A case whose proposal can be withdrawn and revised."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self.committed = False
        self.handed_in: tuple[str, ...] = (proposal.proposer,)
        """Everybody who ever handed in a version: none of them may vote on any."""
        self._revised: Proposal | None = None
        self._withdrawn: Withdrawal | None = None
        self.by_signal("withdraw", Withdrawal, self._withdraw)
        self.by_signal("resubmit", Resubmission, self._resubmit)

    def interrupted(self) -> bool:
        """A withdrawal leaves the procedure, wherever it is."""
        return self._withdrawn is not None

    def interrupt(self) -> None:
        """Leave for the ending that the withdrawal asks for."""
        if self._withdrawn and not self.closed:
            raise Ended(Status.WITHDRAWN, self._withdrawn.reason)

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
        opening = self.opening(
            GateKind.REVISION,
            f"{name}.revision",
            round_,
            question=f"Revise and resubmit: {points or 'no comment was given'}"[:500],
            roles=self.programme.coordinators,
            persons=(self.proposal.proposer,),
            subject={"returned": self.proposal.content(), "points": points},
            terms=terms,
            act=Act.DRAFT,
        )
        await self.open(opening, waiting)
        if await self.sit(lambda: self._revised is not None or unless()):
            self.close(Outcome.LAPSED)
            raise Ended(Status.LAPSED, "The revision was not handed in in time.")
        revised: Proposal | None = self._revised
        self.close("done" if revised else "superseded")
        self.proposal = revised or self.proposal
        return revised is not None

    @workflow.update
    async def withdraw(self, withdrawal: Withdrawal) -> Answer:
        """End the case, at any stage; for its proposer and coordinators."""
        return await self._withdraw(withdrawal)

    @withdraw.validator
    def _turn_away_withdrawal(self, withdrawal: Withdrawal) -> None:
        self.turn_away(address(withdrawal))

    async def _withdraw(self, withdrawal: Withdrawal) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            if self._withdrawn:
                return Broken(Rule.CASE_CLOSED)
            coordinates = set(actor.actor.roles) & set(self.programme.coordinators)
            mine = withdrawal.actor == self.proposal.proposer
            return None if mine or coordinates else Broken(Rule.ROLE_NOT_HELD)

        def accept() -> Entry:
            self._withdrawn = withdrawal
            return self.entry("withdrawal", actor=withdrawal.actor, reason=withdrawal.reason)

        return await self.handle(withdrawal, judge, accept)

    @workflow.update
    async def resubmit(self, resubmission: Resubmission) -> Answer:
        """Hand in the revised proposal. The same number, programme and proposer; new content."""
        return await self._resubmit(resubmission)

    @resubmit.validator
    def _turn_away_resubmission(self, resubmission: Resubmission) -> None:
        self.turn_away(resubmission.gate)

    async def _resubmit(self, resubmission: Resubmission) -> Answer:
        new = resubmission.proposal

        def judge(actor: Rights) -> Broken | None:
            if broken := self.may_work(resubmission, GateKind.REVISION, actor):
                return broken
            rule = breaks()
            return Broken(rule) if rule else None

        def breaks() -> Rule | None:
            if (new.case, new.proposer) != (self.case, self.proposal.proposer):
                return Rule.ANOTHER_CASE
            if self._revised:
                return Rule.STAGE_OVER
            if self.committed and new.requested != self.proposal.requested:
                return Rule.MONEY_FIXED
            return Rule.NOTHING_CHANGED if new == self.proposal else self.programme.refuses(new)

        def accept() -> Entry:
            self._revised = new
            self.handed_in = (*self.handed_in, resubmission.actor)
            return self.entry(
                "resubmitted",
                key=f"{resubmission.gate}:resubmitted",
                actor=resubmission.actor,
                act=Act.DRAFT,
                content_hash=new.digest(),
                proposal=new,
                notices=(self._void(),) if self.voters else (),
            )

        return await self.handle(resubmission, judge, accept)

    def _void(self) -> Draft:
        """Tells those who voted that they voted on what is no longer proposed."""
        return Draft(
            subject=f"{self.case}: revised, your vote is void",
            body=f"The proposal you voted on was changed. A new round follows.\n\naccord show {self.case}",
            persons=self.voters,
        )
