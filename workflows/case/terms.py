"""The terms of the programme that a case was started under; with them comes what earlier runs accepted."""

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case.questions import Questions
    from models.case.accepted import Accepted
    from models.case.case import Case, EndedBy
    from models.case.rules import Rules, TermsFound, TermsWanted
    from workflows.case.ended import Ended
    from workflows.case.rights import ask

R = TypeVar("R", bound=Rules)


class KeepsMessages(Protocol):
    """What takes messages for a case."""

    @property
    def kept_by_case(self) -> tuple[str, ...]:
        """The names of messages that a new run takes over when it starts."""

    async def take_over(self, found: Iterable[Accepted]) -> None:
        """Take these over: an earlier run accepted them."""


class Terms(Generic[R]):
    """The terms of one case, by their digest; and the way to what the record has as accepted."""

    def __init__(self, case: Case, model: type[R]) -> None:
        self.rules: R | None = None
        """None until they are loaded; and where the registry has none of that digest."""
        self.messages: KeepsMessages
        """What takes over what an earlier run accepted."""
        self._case = case
        self._model = model

    async def load(self) -> None:
        """Load the terms, and take over what an earlier run accepted. Ended: they are not registered."""
        found = await self._ask()
        if found.terms is None:
            raise Ended(EndedBy.FAILED, "The programme of this case is not registered here.")
        self.rules = self._model.model_validate(found.terms)
        await self._take_over(found)

    async def take_over(self) -> None:
        """Take over what the record has as accepted."""
        await self._take_over(await self._ask())

    async def _take_over(self, found: TermsFound) -> None:
        await self.messages.take_over(found.accepted)
        while found.more:
            found = await self._ask(found.more)
            await self.messages.take_over(found.accepted)

    async def _ask(self, after: int = 0) -> TermsFound:
        wanted = TermsWanted(
            rules=self._case.rules,
            fields=tuple(self._model.model_fields),
            case=self._case.number,
            workflow_id=workflow.info().workflow_id,
            messages=self.messages.kept_by_case,
            after=after,
        )
        return await ask(Questions.terms, wanted, "terms of the programme")
