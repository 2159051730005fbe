"""The end of a contract before its time: asked for by one person, confirmed by another, with the reason."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.record import Answer, Carried, Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import Proposal, Standing
    from models.partnership.programme import Programme
    from models.study.study import Termination
    from workflows.study.tender import Tendering


class ContractEnded(Exception):
    """The contract is terminated."""


class Terminable(Tendering):
    """A study whose contract can be terminated."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self._wished_by = ""
        self.terminated: Termination | None = None
        self.by_signal("terminate", Termination, self._terminate)

    def interrupted(self) -> bool:
        """The end of the contract leaves the procedure, wherever it is."""
        return self.terminated is not None

    def interrupt(self) -> None:
        """Leave the procedure."""
        if self.terminated and not self.closed:
            raise ContractEnded

    @workflow.update
    async def terminate(self, termination: Termination) -> Answer:
        """End the contract: accepted work is paid, the rest of the money released."""
        return await self._terminate(termination)

    @terminate.validator
    def _turn_away_termination(self, termination: Termination) -> None:
        self.turn_away(termination.gate)

    async def _terminate(self, termination: Termination) -> Answer:
        sender = ""

        def judge(actor: Rights) -> Broken | None:
            nonlocal sender
            sender = actor.actor.who
            roles = {*self.programme.study.award.roles, *self.programme.coordinators}
            if not roles & set(actor.actor.roles):
                return Broken(Rule.ROLE_NOT_HELD)
            if self.contract is None or self.terminated:
                return Broken(Rule.STAGE_OVER, "There is no contract to end.")
            return Broken(Rule.TWO_PEOPLE) if self._wished_by == sender else None

        def accept() -> Entry:
            fields = {"actor": termination.actor, "reason": termination.reason}
            if not self._wished_by:
                self._wished_by = sender
                key = f"{termination.gate}:termination:{termination.digest()[:12]}"
                return self.entry("termination asked for", key=key, **fields)
            self.terminated = termination
            assert self.contract
            facts = {"contractor": self.contract.contractor}
            return self.entry(
                "contract terminated", key=f"{self.contract.gate}:terminated", facts=facts, **fields
            )

        return await self.handle(termination, judge, accept)
