"""Interest in a case: what somebody declares before they look at it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.partnership import Proposal, Standing
    from models.person import Declaration, Rights
    from models.programme import Programme
    from models.record import Answer, Carried, Entry
    from models.rule import Broken, Rule
    from workflows.approval import Approving
    from workflows.message import address


class Disclosing(Approving):
    """A case in which people declare their interest. The newest declaration counts; a hard one stays."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self.by_signal("declare", Declaration, self._declare)

    @workflow.update
    async def declare(self, declaration: Declaration) -> Answer:
        """Declare an interest, or that there is none."""
        return await self._declare(declaration)

    @declare.validator
    def _turn_away_declaration(self, declaration: Declaration) -> None:
        self.turn_away(address(declaration))

    async def _declare(self, declaration: Declaration) -> Answer:
        def judge(actor: Rights) -> Broken | None:
            return None if actor.actor.organisation else Broken(Rule.UNKNOWN_PERSON)

        def accept() -> Entry:
            return self.entry(
                f"declared: {declaration.conflict}",
                key=f"{self.case}:declared:{declaration.digest()[:24]}",
                actor=declaration.actor,
                reason=declaration.note,
                declares=declaration,
            )

        return await self.handle(declaration, judge, accept)
