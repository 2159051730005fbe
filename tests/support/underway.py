"""Cases that wait at a gate of the straight road while something happens to the installation."""

from tests.support.house import GATES, Case

END = "launched"
_ROAD = (*GATES, END)


def following(gate: str) -> str:
    """The gate after this one, or the end; after the end, the end."""
    return _ROAD[min(_ROAD.index(gate) + 1, len(_ROAD) - 1)]


class Underway:
    """A case on the straight road, and the gate at which it waits."""

    def __init__(self, case: Case, gate: str) -> None:
        self.case = case
        self.gate = gate

    async def go_on(self, gate: str | None = None) -> None:
        """To a later gate, or to the end; by default to the next."""
        wanted = gate or following(self.gate)
        if wanted != self.gate:
            await self.case.reach_from(self.gate, wanted)
        self.gate = wanted
