"""The gates that messages can name, whatever the round; some of them are on their way to the record."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.gate import GateRef


class KnownGates:
    """What a message may name, and what it has to wait for."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._being_opened: dict[str, asyncio.Future[None]] = {}

    def knows(self, name: str) -> bool:
        """Whether a gate of this name was opened, in any round."""
        return name in self._names

    def being_opened(self, gate: str) -> None:
        """A gate is on its way to the record: messages that are quicker than our receipt wait for it."""
        self._names.add(GateRef.parse(gate).name)
        self._being_opened[gate] = asyncio.get_running_loop().create_future()

    def is_opened(self, gate: str) -> None:
        """Our receipt is here: the messages that waited for it go on."""
        self._being_opened.pop(gate).set_result(None)

    @property
    def none_being_opened(self) -> bool:
        """Whether no gate is on its way to the record."""
        return not self._being_opened

    async def opened(self, gate: str) -> None:
        """Wait until a gate that is on its way to the record is there."""
        if opening := self._being_opened.get(gate):
            await asyncio.shield(opening)
