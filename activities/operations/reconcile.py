"""Holds engine, record and ledger against each other, and puts on record what differs."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine
from temporalio import activity
from temporalio.client import Client

from activities.case import cases as rows
from activities.case import record
from activities.case.door import Ring
from activities.operations import cases, trace
from activities.operations.engine import Workflows, number_of
from models.case.effects import Tells
from models.case.record import Batch, Entry, Source
from models.operations.difference import (
    ONCE,
    RECONCILING,
    Difference,
    DifferenceKind,
    InEngine,
    OnRecord,
    Trace,
    differences,
    further_differences,
)
from models.operations.operation import OPERATIONS
from models.operations.reconciled import MOST, Reconciled, differs

T = TypeVar("T")

FOUND = "difference found"
"""The action of the entry that names a difference."""
_AT_ONCE = 8
"""Cases that are looked at together: decisions come first."""
_MOMENT = 1.0
"""Seconds after which what looks wrong is looked at again: a case may have gone on between two questions."""


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
        looking = _Looking(self, client, every=number is not None)
        running = await looking.workflows.running()
        there = {row.workflow_id for row in await self.read(lambda c: cases.open_cases(c, number))}
        wanted = there | {one for one in running if number in (None, number_of(one))}
        turn = asyncio.Semaphore(_AT_ONCE)

        async def looked(workflow_id: str) -> list[Difference]:
            async with turn:
                return await looking.at(workflow_id)

        found = await asyncio.gather(*(looked(one) for one in sorted(wanted)))
        ledger = await self.read(lambda c: cases.of_the_ledger(c, number))
        return (*(one for some in found for one in some), *ledger)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """The result of a query; the loop goes on meanwhile."""

        def read() -> T:
            with self._database.connect().execution_options(readonly=True) as connection:
                return query(connection)

        return await asyncio.to_thread(read)

    @property
    def ring(self) -> Ring:
        """The keys by which starts are known."""
        return self._ring

    async def noted(self, found: Iterable[Difference]) -> int:
        """Put differences on record that are not there; how many were new."""
        return await asyncio.to_thread(self._note, tuple(found))

    def _note(self, found: tuple[Difference, ...]) -> int:
        new = 0
        for one in found:
            with self._database.begin() as connection:
                new += note(connection, one, datetime.now(UTC))
        return new


class _Looking:
    """Looks at one workflow after the other."""

    def __init__(self, of: Reconciliation, client: Client, every: bool) -> None:
        self._of = of
        self._client = client
        self._every = every
        self.workflows = Workflows(client, of.ring)

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
        row = await self._of.read(lambda c: cases.of_workflow(c, workflow_id, number))
        if row is None and run and run.running:
            return await self._of_nobody(run, number)
        found = list(differences(row, run, datetime.now(UTC)))
        if row and run and told and not found and not row.closed_at:
            found += further_differences(row, run, await self._trace(row, run, told))
        return [one for one in found if not await self._is_settled(one)]

    async def _of_nobody(self, run: InEngine, number: str) -> list[Difference]:
        """A workflow that is not that of a case."""
        run = run._replace(signed=await self.workflows.is_ours(run))
        other = await self._of.read(lambda c: rows.find(c, number))
        if other and other["workflow_id"] != run.workflow_id and run.signed:
            known = {"case": number, "workflow_id": run.workflow_id, "detail": f"run {run.run_id}"}
            return [Difference(kind=DifferenceKind.DOUBLED, **known)]
        return list(differences(None, run, datetime.now(UTC)))

    async def _trace(self, row: OnRecord, run: InEngine, told: trace.Heard) -> Trace:
        """What this run knows, held against the record."""
        base = await trace.reset_from(self._client, run) if run.reset_at else ""
        again = row.begun_by not in ("", run.first_run, run.run_id)
        missing = await self._of.read(lambda c: cases.missing(c, told.receipts))
        return Trace(
            told=max((one.seq for one in told.receipts), default=0),
            missing=missing,
            first_task=await trace.first_task(self._client, run) if missing else 0,
            writing=told.writing,
            start_known=not again or await self._knows(row, run.first_run),
            reset_known=not base or await self._knows(row, base),
            gates=await self.workflows.open_gates(run),
        )

    async def _knows(self, row: OnRecord, run: str) -> bool:
        return await self._of.read(lambda c: cases.knows_run(c, row.number, run))

    async def _is_settled(self, one: Difference) -> bool:
        """Whether it is something that happened, and the record says so by now."""
        return one.kind in ONCE and await self._of.read(lambda c: cases.is_named(c, one))


def note(connection: Connection, one: Difference, at: datetime) -> bool:
    """Put a difference on record, once, with a letter to operators. Whether it is new."""
    if cases.is_named(connection, one):
        return False
    structlog.get_logger("accord").warning("a difference", difference=str(one), what_to_do=one.kind.todo)
    entry = Entry(
        key=one.key,
        stage=OPERATIONS,
        action=FOUND,
        at=at,
        reason=f"{one}"[:4000],
        facts={"difference": one.content()},
        effects=(Tells(notice=differs(one)),),
    )
    record.write(connection, Batch(source=source(connection, one), entries=(entry,)))
    return True


def source(connection: Connection, one: Difference) -> Source:
    """Who writes: the case itself, by none of its runs, also where it is closed."""
    row = rows.find(connection, one.case) if one.case else None
    known = {"workflow_id": one.workflow_id, "rules": row["rules"] if row else ""}
    return Source(case=one.case or RECONCILING, run_id="", **known)
