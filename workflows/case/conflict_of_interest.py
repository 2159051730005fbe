"""Interest in a case: what somebody declares before they look at it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.conflict_of_interest import Conflict, Declaration
    from models.case.record import Answer, Carried, Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import Proposal, Standing
    from models.partnership.programme import Programme
    from workflows.case.challenge import Challengeable
    from workflows.case.message import address


class Disclosing(Challengeable):
    """A case in which people declare their interest. The newest declaration counts; a hard one stays."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self._declared = dict(carried.declared)
        self.by_signal("declare", Declaration, self._declare)

    @workflow.update
    async def declare(self, declaration: Declaration) -> Answer:
        """Declare an interest, or that there is none."""
        return await self._declare(declaration)

    @declare.validator
    def _turn_away_declaration(self, declaration: Declaration) -> None:
        self.turn_away(address(declaration))

    async def _declare(self, declaration: Declaration) -> Answer:
        said, newest = self._declared.get(declaration.actor, (0, ""))
        since = said - (newest == declaration.digest())

        def judge(actor: Rights) -> Broken | None:
            if not actor.actor.organisation:
                return Broken(Rule.UNKNOWN_PERSON)
            lifts = actor.actor.conflict is Conflict.HARD and declaration.conflict is not Conflict.HARD
            return Broken(Rule.CONFLICTED, "A hard conflict stays.") if lifts else None

        def accept() -> Entry:
            number = self._declared.get(declaration.actor, (0, ""))[0] + 1
            self._declared[declaration.actor] = (number, declaration.digest())
            return self.entry(
                f"declared: {declaration.conflict}",
                key=f"{self.case}:declared:{declaration.actor}:{number}",
                actor=declaration.actor,
                reason=declaration.note,
                declares=declaration,
            )

        return await self.handle(declaration, judge, accept, since)

    def carried(self) -> Carried:
        """What the next run must know."""
        return super().carried().model_copy(update={"declared": self._declared})
