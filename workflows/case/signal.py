"""The messages again, for who cannot send an update: by signal, whatever arrives."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.base import Message
    from models.case.record import Answer, Carried
    from models.case.rule import Broken, Rule
    from models.partnership.partnership import Proposal, Standing
    from models.partnership.programme import Programme
    from models.people.person import ENGINE
    from workflows.case.message import Answering, address


class Signalled(Answering):
    """Casework that takes its messages by signal, too."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self._by_signal: dict[str, tuple[type[Any], Callable[[Any], Awaitable[Answer]]]] = {}

    def by_signal(self, name: str, model: type[Message], handler: Callable[[Any], Awaitable[Answer]]) -> None:
        """Take messages of this name by signal, too."""
        self._by_signal[name] = (model, handler)

    @workflow.signal(dynamic=True)
    async def any_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """The messages again, for who cannot send an update. Whatever arrives is recorded, and
        whatever is wrong with it: an exception here would stop the case until an engineer comes.
        """
        model, handler = self._by_signal.get(name, (None, None))
        if model is None or handler is None:
            await self.refuse(self.case, ENGINE, Broken(Rule.UNKNOWN_MESSAGE), {"signal": name[:200]})
            return
        try:
            (value,) = args
            message = workflow.payload_converter().from_payload(value.payload, model)
            self.turn_away(address(message))
        except ApplicationError as error:
            broken = Broken(Rule(cast(str, error.type)))
            await self.refuse(self.case, message.actor, broken, message.content())
        except Exception as error:  # whatever the converter raises on garbage
            facts = {"signal": name, "why": _short(error)}
            await self.refuse(self.case, ENGINE, Broken(Rule.MALFORMED), facts)
        else:
            await handler(message)


def _short(error: Exception) -> str:
    cause = error.__cause__ or error
    return f"{type(cause).__name__}: {cause}".partition(" [type=")[0][:300]
