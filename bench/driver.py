"""What every subject's driver can do, and the drivers of the two skeletons."""

from typing import Protocol

from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from bench.bell import Bell
from bench.lifecycle import STEPS, proposal
from bench.payload import HASH
from bench.serve import TASK_QUEUE
from bench.skeleton import FOLLOW_UPS
from models.case.approval import Decision
from models.case.panel import Choice
from models.partnership.programme import Programme
from workflows.partnership.partnership import PartnershipStart


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

    def workflows(self, case: str) -> tuple[str, ...]:
        """The ids of the workflow and its children."""

    def lost(self) -> int | None:
        """Acknowledged decisions that are not on record; None where there is no record."""


class _Bare:
    """What the skeletons share: a bell, and no database."""

    def __init__(self, client: Client, bell: Bell) -> None:
        self._client = client
        self._bell = bell

    async def settled(self) -> None:
        """Nothing is left."""

    def lost(self) -> int | None:
        """There is no record."""
        return None


class SkeletonDriver(_Bare):
    """Drives the skeleton. Its first stage is open from the start."""

    decisions = len(FOLLOW_UPS)

    async def begin(self, case: str) -> None:
        """Start the workflow."""
        await self._client.start_workflow("skeleton", case, id=f"skeleton/{case}", task_queue=TASK_QUEUE)

    async def decide(self, case: str, number: int) -> None:
        """One update, answered at once."""
        handle = self._client.get_workflow_handle(f"skeleton/{case}")
        await handle.execute_update("decide", f"{case}:{number}", id=f"decide-{number}", result_type=int)

    async def opened(self, case: str, number: int) -> bool:
        """Wait for the bell; the last decision is followed by activities, too, but by no stage."""
        await self._bell.rung(f"{case}:{number + 1}")
        return number + 1 < self.decisions

    async def ended(self, case: str) -> None:
        """Wait for the result."""
        await self._client.get_workflow_handle(f"skeleton/{case}").result()

    def workflows(self, case: str) -> tuple[str, ...]:
        """One."""
        return (f"skeleton/{case}",)


class ShapeDriver(_Bare):
    """Drives own shape through the gates of ours."""

    decisions = len(STEPS)

    def __init__(self, client: Client, bell: Bell, programme: Programme) -> None:
        super().__init__(client, bell)
        self._programme = programme

    async def begin(self, case: str) -> None:
        """Start with the input and the search attributes of ours; returns when the review is open."""
        names = ("AccordProgramme", "AccordCountry", "AccordArea", "AccordStage", "AccordStatus")
        shown = [SearchAttributePair(SearchAttributeKey.for_keyword(name), "k-city-2020") for name in names]
        start = PartnershipStart(proposal=proposal(case), programme=self._programme)
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
        gate = f"{case}:{step.gate}:1"
        decision = Decision(gate=gate, verdict=Choice.APPROVE, actor=step.actor, content_hash=HASH)
        await handle.execute_update("decide", decision, id=f"decide:{decision.digest()[:40]}")

    async def opened(self, case: str, number: int) -> bool:
        """Wait for the bell of the gate that the decision opens."""
        if opens := STEPS[number].opens:
            await self._bell.rung(f"{case}:{opens}:1")
        return bool(opens)

    async def ended(self, case: str) -> None:
        """Wait for the result."""
        await self._client.get_workflow_handle(f"shape/{case}").result()

    def workflows(self, case: str) -> tuple[str, ...]:
        """Three."""
        return f"shape/{case}", f"shape/{case}/study", f"shape/{case}/agreement"
