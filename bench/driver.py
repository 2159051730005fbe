"""What every subject's driver can do, and the drivers of the skeletons and of own shape."""

from dataclasses import dataclass
from typing import Protocol

from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from bench.bell import Bell
from bench.history import History, look
from bench.payload import HASH
from bench.serve import TASK_QUEUE
from bench.skeleton import FOLLOW_UPS
from bench.steps import STEPS, message, start_of
from models.partnership.programme import Programme


@dataclass
class Kept:
    """What a driver was told, against the record: acknowledged messages, and those that are not on it."""

    acknowledged: int = 0
    lost: int | None = None
    """None: there is no record."""


class Driver(Protocol):
    """Carries lifecycles of one subject. A decision is sent when its stage is open."""

    decisions: int

    async def begin(self, case: str) -> None:
        """Start a lifecycle; returns when its first stage is open."""

    async def decide(self, case: str, number: int) -> None:
        """Send decision ``number``; returns when it is acknowledged."""

    async def opened(self, case: str, number: int) -> bool:
        """Wait until the stage after decision ``number`` is open. False: it opens none."""

    async def ended(self, case: str) -> None:
        """Wait until the lifecycle is over."""

    async def settled(self) -> None:
        """Wait until nothing is left to do for lifecycles that are over."""

    async def look(self, case: str) -> History | None:
        """What a lifecycle that is over leaves behind; None where there is no history."""

    def letters(self, case: str) -> int | None:
        """How many letters a lifecycle took; None where nobody is told."""

    def kept(self) -> Kept:
        """What was acknowledged so far, and what of it is lost."""


class _Bare:
    """What the subjects without a database share."""

    prefix: str
    parts: tuple[str, ...] = ("",)

    def __init__(self, client: Client, bell: Bell) -> None:
        self._client = client
        self._bell = bell

    async def ended(self, case: str) -> None:
        """Wait for the result."""
        await self._client.get_workflow_handle(f"{self.prefix}/{case}").result()

    async def settled(self) -> None:
        """Nothing is left."""

    async def look(self, case: str) -> History:
        """The histories of the workflow and its children."""
        return await look(self._client, [f"{self.prefix}/{case}{part}" for part in self.parts])

    def letters(self, case: str) -> int | None:
        """Nobody is told."""
        return None

    def kept(self) -> Kept:
        """There is no record."""
        return Kept()


class SkeletonDriver(_Bare):
    """Drives the skeleton. Its first stage is open from the start."""

    prefix = "skeleton"
    decisions = len(FOLLOW_UPS)

    async def begin(self, case: str) -> None:
        """Start the workflow."""
        await self._client.start_workflow(
            self.prefix, case, id=f"{self.prefix}/{case}", task_queue=TASK_QUEUE
        )

    async def decide(self, case: str, number: int) -> None:
        """One update."""
        handle = self._client.get_workflow_handle(f"{self.prefix}/{case}")
        await handle.execute_update("decide", f"{case}:{number}", id=f"decide-{number}", result_type=int)

    async def opened(self, case: str, number: int) -> bool:
        """Wait for the bell; the last decision is followed by activities, too, but by no stage."""
        await self._bell.rung(f"{case}:{number + 1}")
        return number + 1 < self.decisions


class SingleDriver(SkeletonDriver):
    """Drives update + one activity: with the answer the next stage is open."""

    prefix = "single"

    async def opened(self, case: str, number: int) -> bool:
        """It is open."""
        return number + 1 < self.decisions


class ShapeDriver(_Bare):
    """Drives own shape through the gates of ours."""

    prefix = "shape"
    parts = ("", "/study", "/agreement")
    decisions = len(STEPS)

    def __init__(self, client: Client, bell: Bell, programme: Programme) -> None:
        super().__init__(client, bell)
        self._programme = programme

    async def begin(self, case: str) -> None:
        """Start with the input and the search attributes of ours; returns when the review is open."""
        names = ("AccordProgramme", "AccordCountry", "AccordArea", "AccordStage", "AccordStatus")
        shown = [SearchAttributePair(SearchAttributeKey.for_keyword(name), "k-city-2020") for name in names]
        start = start_of(case, self._programme)
        await self._client.start_workflow(
            "shape",
            start,
            id=f"shape/{case}",
            task_queue=TASK_QUEUE,
            search_attributes=TypedSearchAttributes(shown),
            static_summary=f"{case} · VN · master_plan",
            static_details=f"**{start.proposal.title}**\n\n{start.proposal.summary}",
        )
        await self._bell.rung(f"{case}:review:1")

    async def decide(self, case: str, number: int) -> None:
        """One update to the workflow that holds the gate, answered when its activity is done."""
        step = STEPS[number]
        handle = self._client.get_workflow_handle(f"shape/{case}/{step.child}".rstrip("/"))
        sent = message(step, case, HASH)
        await handle.execute_update(step.update, sent, id=f"{step.update}:{sent.digest()[:40]}")

    async def opened(self, case: str, number: int) -> bool:
        """Wait for the bell of the gate that the decision opens."""
        if opens := STEPS[number].opens:
            await self._bell.rung(f"{case}:{opens}:1")
        return bool(opens)
