"""Holds engine, record and ledger against each other, and puts on record what differs."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Engine
from temporalio import activity
from temporalio.client import Client

from activities.case.door import Ring
from activities.operations import cases
from activities.operations.engine import Workflows, number_of
from activities.operations.looking import Looking, Reading
from activities.operations.noting import note
from models.operations.difference import Difference, DifferenceKind
from models.operations.reconciled import MOST, Reconciled

_AT_ONCE = 8
"""Cases that are looked at together: decisions come first."""


class Reconciliation:
    """Compares. It changes nothing but that it puts on record what it has found, once."""

    def __init__(self, database: Engine, ring: Ring) -> None:
        self._database = database
        self._ring = ring

    @activity.defn(name="reconcile")
    async def reconcile(self) -> Reconciled:
        """Every difference there is now; those that are new are put on record, and operators are told."""
        found = await self.find(activity.client())
        new = await self.noted(found)
        return Reconciled(found=len(found), new=new, differences=found[:MOST])

    async def find(self, client: Client, number: str | None = None) -> tuple[Difference, ...]:
        """Every difference there is now, or those of one case. Of one case, all is read that its workflows
        were ever told; of many, what each was told last.
        """
        reading = Reading(self._database)
        looking = Looking(reading, Workflows(client, self._ring), client, every=number is not None)
        running = await looking.workflows.running()
        there = {row.workflow_id for row in await reading.of(lambda c: cases.open_cases(c, number))}
        wanted = there | {one for one in running if number in (None, number_of(one))}
        turn = asyncio.Semaphore(_AT_ONCE)

        async def looked(workflow_id: str) -> list[Difference]:
            async with turn:
                return await looking.at(workflow_id)

        found = await asyncio.gather(*(looked(one) for one in sorted(wanted)))
        ledger = await reading.of(lambda c: cases.of_the_ledger(c, number))
        return (*(one for some in found for one in some), *ledger)

    async def failing(self, client: Client) -> tuple[Difference, ...]:
        """The workflows whose tasks fail again and again now, by one question to the engine."""
        found = await Workflows(client, self._ring).failing()
        return tuple(
            Difference(
                kind=DifferenceKind.FAILING,
                case=number_of(run.workflow_id),
                workflow_id=run.workflow_id,
                detail=f"run {run.run_id}, {run.failing}",
            )
            for run in found
        )

    async def noted(self, found: Iterable[Difference]) -> int:
        """Put differences on record that are not there; how many were new."""
        return await asyncio.to_thread(self._note, tuple(found))

    def _note(self, found: tuple[Difference, ...]) -> int:
        new = 0
        strange = [one for one in found if not one.case][:MOST]  # anybody at the engine can make many
        for one in (*(one for one in found if one.case), *strange):
            with self._database.begin() as connection:
                new += note(connection, one, datetime.now(UTC))
        return new
