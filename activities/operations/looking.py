"""Looks at one workflow after the other: in the engine, on record, and again a moment later."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, Engine
from temporalio.client import Client

from activities.case import cases as rows
from activities.operations import cases, trace
from activities.operations.engine import Workflows, number_of
from models.operations.comparison import InEngine, OnRecord, Trace, differences, further_differences
from models.operations.difference import ONCE, Difference, DifferenceKind

T = TypeVar("T")

_MOMENT = 1.0
"""Seconds after which what looks wrong is looked at again: a case may have gone on between two questions."""


RESTS = timedelta(minutes=1)
"""A workflow in whose history nothing has happened for so long waits for people."""


class Reading:
    """Reads the record beside the loop, which goes on meanwhile."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    async def of(self, query: Callable[[Connection], T]) -> T:
        """The result of a query."""

        def read() -> T:
            with self._database.connect().execution_options(readonly=True) as connection:
                return query(connection)

        return await asyncio.to_thread(read)


class Looking:
    """Looks at one workflow after the other."""

    def __init__(self, reading: Reading, workflows: Workflows, client: Client, every: bool) -> None:
        self._reading = reading
        self._client = client
        self._every = every
        self.workflows = workflows

    async def at(self, workflow_id: str) -> list[Difference]:
        """What does not agree of one workflow, and still does not a moment later."""
        first = await self._once(workflow_id)
        if not first:
            return []
        await asyncio.sleep(_MOMENT)
        again = await self._once(workflow_id)
        return [one for one in again if one in first]

    async def _once(self, workflow_id: str) -> list[Difference]:
        """The engine is read first, then the record: what is written in between is no difference."""
        run, number = await self.workflows.find(workflow_id), number_of(workflow_id)
        told = await trace.heard(self._client, run, self._every) if run and run.running else None
        row = await self._reading.of(lambda c: cases.of_workflow(c, workflow_id, number))
        if row is None and run and run.running:
            return await self._of_nobody(run, number)
        found = list(differences(row, run, datetime.now(UTC)))
        if row and run and told and not found and not row.closed_at:
            found += further_differences(row, run, await self._trace(row, run, told))
        return [one for one in found if not await self._is_settled(one)]

    async def _of_nobody(self, run: InEngine, number: str) -> list[Difference]:
        """A workflow that is not that of a case."""
        run = run._replace(signed=await self.workflows.is_ours(run))
        other = await self._reading.of(lambda c: rows.find(c, number))
        if other and run.signed and not f"{run.workflow_id}/".startswith(f"{other['workflow_id']}/"):
            known = {"case": number, "workflow_id": run.workflow_id, "detail": f"run {run.run_id}"}
            return [Difference(kind=DifferenceKind.DOUBLED, **known)]
        return list(differences(None, run, datetime.now(UTC)))

    async def _trace(self, row: OnRecord, run: InEngine, told: trace.Heard) -> Trace:
        """What this run knows, held against the record."""
        base = await trace.reset_from(self._client, run) if run.reset_at else ""
        again = row.begun_by not in ("", run.first_run, run.run_id)
        missing = await self._reading.of(lambda c: cases.missing(c, told.receipts))
        return Trace(
            told=max((one.seq for one in told.receipts), default=0),
            missing=missing,
            first_task=await trace.first_task(self._client, run) if missing else 0,
            writing=told.writing,
            start_known=not again or await self._knows(row, run.first_run),
            reset_known=not base or await self._knows(row, base),
            gates=await self.workflows.open_gates(run) if self._may_be_asked(told) else None,
        )

    def _may_be_asked(self, told: trace.Heard) -> bool:
        """Whether a workflow may be asked for its gates. Where many are looked at, only one that rests.

        The SDK (temporalio 1.35) ends a task of a workflow early that it is asked something in: what a local
        activity has answered is written down there, and what our code makes of it in the next task. A worker
        that reads such a history later may not be able to follow it (``docs/promises.md``).
        """
        return self._every or datetime.now(UTC) - told.at >= RESTS

    async def _knows(self, row: OnRecord, run: str) -> bool:
        return await self._reading.of(lambda c: cases.knows_run(c, row.number, run))

    async def _is_settled(self, one: Difference) -> bool:
        """Whether it is something that happened, and the record says so by now."""
        return one.kind in ONCE and await self._reading.of(lambda c: cases.is_named(c, one))
