"""The terms of the programme that a case was started under; with them comes what earlier runs accepted."""

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.case.questions import Questions
    from models.case.accepted import Accepted
    from models.case.case import Case, EndedBy
    from models.case.envelope import said
    from models.case.rules import Rules, Start, TermsFound, TermsWanted
    from workflows.case.ended import Ended
    from workflows.case.rights import STARTED, ask
    from workflows.case.unsigned import UnsignedStart

R = TypeVar("R", bound=Rules)


class KeepsMessages(Protocol):
    """What takes messages for a case."""

    @property
    def kept_by_case(self) -> tuple[str, ...]:
        """The names of messages that a new run takes over when it starts."""

    async def take_over(self, found: Iterable[Accepted]) -> None:
        """Take these over: an earlier run accepted them."""


def _start() -> Start:
    """How this run was started. Each is asked, not only the first: who reaches the engine can reset a
    workflow, or have one of theirs go on as one of ours.
    """
    info, started = workflow.info(), STARTED.get()
    assert started.message, "every workflow of a case begins with a message"
    return Start(
        kind=info.workflow_type,
        workflow=info.workflow_id,
        message=said(started.message),
        envelope=started.envelope,
        seal=started.seal,
    )


class Terms(Generic[R]):
    """The terms of one case, by their digest; and the way to what the record has as accepted."""

    def __init__(self, case: Case, model: type[R]) -> None:
        self.rules: R | None = None
        """None until they are loaded; and where the registry has none of that digest."""
        self.messages: KeepsMessages
        """What takes over what an earlier run accepted."""
        self.attested: bool | None = None
        """Whether somebody who had proved who they are started the case."""
        self._case = case
        self._model = model

    async def load(self) -> None:
        """Load the terms, and take over what an earlier run accepted. Ended: they are not registered.

        UnsignedStart: who started this workflow is not to be believed.
        """
        found = await self._ask(start=_start())
        if found.refused:
            raise UnsignedStart(found.refused)
        self.attested = found.attested
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

    async def _ask(self, after: int = 0, start: Start | None = None) -> TermsFound:
        wanted = TermsWanted(
            rules=self._case.rules,
            fields=tuple(self._model.model_fields),
            case=self._case.number,
            workflow_id=workflow.info().workflow_id,
            messages=self.messages.kept_by_case,
            after=after,
            start=start,
        )
        return await ask(Questions.terms, wanted, "terms of the programme")
