"""Holds engine, record and ledger against each other, and puts on record what differs."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine, select
from temporalio import activity
from temporalio.client import Client

from activities.case import cases, record
from activities.case.door import Ring
from activities.operations.cases import of_workflow, open_cases
from activities.operations.engine import Workflows, number_of
from models.case.effects import Tells
from models.case.record import Batch, Entry, Source
from models.operations.difference import RECONCILING, Difference, differences
from models.operations.reconciled import MOST, Reconciled, differs
from models.tables.record import record as records

T = TypeVar("T")

FOUND = "difference found"
"""The action of the entry that names a difference."""
_AT_ONCE = 16
"""Questions to the engine at a time: decisions come first."""


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
        """Every difference there is now, or those of one case. Whatever looks wrong is looked at again, for
        engine and record are read one after the other: the engine first, then the record.
        """
        workflows = Workflows(client, self._ring)
        running = await workflows.running()
        rows = {row.workflow_id: row for row in await self._read(lambda c: open_cases(c, number))}
        odd = {*rows} ^ {one for one in running if number in (None, number_of(one))}
        turn = asyncio.Semaphore(_AT_ONCE)

        async def again(workflow_id: str) -> list[Difference]:
            async with turn:
                return await self._of(workflows, workflow_id)

        found = await asyncio.gather(*(again(one) for one in sorted(odd)))
        return tuple(one for some in found for one in some)

    async def _of(self, workflows: Workflows, workflow_id: str) -> list[Difference]:
        """What does not agree of one workflow now."""
        run = await workflows.find(workflow_id)
        number = number_of(workflow_id)
        row = await self._read(lambda c: of_workflow(c, workflow_id, number))
        if row is None and run and run.running:
            run = run._replace(signed=await workflows.is_ours(run))
        return list(differences(row, run, datetime.now(UTC)))

    async def _read(self, query: Callable[[Connection], T]) -> T:
        def read() -> T:
            with self._database.connect().execution_options(readonly=True) as connection:
                return query(connection)

        return await asyncio.to_thread(read)

    async def noted(self, found: Iterable[Difference]) -> int:
        """Put differences on record that are not there; how many were new."""
        return await asyncio.to_thread(self._note, tuple(found))

    def _note(self, found: tuple[Difference, ...]) -> int:
        new = 0
        for one in found:
            with self._database.begin() as connection:
                new += note(connection, one, datetime.now(UTC))
        return new


def note(connection: Connection, one: Difference, at: datetime) -> bool:
    """Put a difference on record, once, with a letter to operators. Whether it is new."""
    if connection.scalar(select(records.c.seq).where(records.c.key == one.key)) is not None:
        return False
    structlog.get_logger("accord").warning("a difference", difference=str(one), what_to_do=one.kind.todo)
    entry = Entry(
        key=one.key,
        stage=RECONCILING,
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
    row = cases.find(connection, one.case) if one.case else None
    known = {"workflow_id": one.workflow_id, "rules": row["rules"] if row else ""}
    return Source(case=one.case or RECONCILING, run_id="", **known)
