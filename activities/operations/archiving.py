"""Takes what the engine has written down of workflows into the archive: what went on since the last time.

It asks nothing of a case and costs it no activity: it walks along the record, and reads from the engine.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, Engine
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import History, HistoryEvent
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.case import archive, record
from activities.operations.engine import OF_A_CASE, number_of
from models.base import digest
from models.case.archive import ARCHIVE, Archived, ArchivedRun, Archives
from models.case.record import Batch, Entry, Source

T = TypeVar("T")

ACTION = "histories archived"
_ENTRIES = 200
"""So many entries of the record are looked through at a time: few workflows, and a short entry of ours."""
_ENDS = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
    }
)


class Export(NamedTuple):
    """A run, and its history as it is kept."""

    run: ArchivedRun
    kept: bytes


class Archiving:
    """Archives. A pass that is broken off goes on where it was; one that is made twice changes nothing."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    @activity.defn(name="archive")
    async def archive_all(self) -> Archived:
        """Archive every workflow that has gone on since the last pass."""
        return await self.carry_out(activity.client())

    async def carry_out(self, client: Client) -> Archived:
        """The same, with this client of the engine."""
        done = Archived(runs=0, size=0, upto=await self._read(archive.position))
        done = await self._archived(client, await self._read(archive.unfinished), done, done.upto)
        while (found := await self._changed(done.upto)).upto > done.upto:
            done = await self._archived(client, found.workflows, done, found.upto)
        return done

    async def _changed(self, after: int) -> archive.Changed:
        return await self._read(lambda connection: archive.changed(connection, after, _ENTRIES))

    async def _archived(self, client: Client, names: Iterable[str], done: Archived, upto: int) -> Archived:
        """Archive these workflows, and say that the record was looked through up to ``upto``."""
        found = [one for name in names if OF_A_CASE.match(name) async for one in self._exports(client, name)]
        if not found:
            return done.model_copy(update={"upto": upto})
        await asyncio.to_thread(self._write, found, upto)
        size = sum(one.run.size for one in found)
        return Archived(runs=done.runs + len(found), size=done.size + size, upto=upto)

    async def _exports(self, client: Client, workflow_id: str) -> AsyncIterator[Export]:
        """The runs of a workflow that the archive does not have as they are, the newest first."""
        runs = await self._read(lambda connection: archive.runs(connection, workflow_id))
        there = {run.run_id: run for run in runs}
        wanted = [await _newest(client, workflow_id), *(run.run_id for run in runs if not run.ended)]
        seen = {""}
        while wanted:
            run_id = wanted.pop(0)
            if run_id in seen or ((before := there.get(run_id)) and before.ended):
                continue
            seen.add(run_id)
            events = await fetched(client, workflow_id, run_id)
            if events and not (before and before.events == len(events)):
                yield _export(workflow_id, run_id, events)
            wanted += _made_of(events)

    async def _read(self, query: Callable[[Connection], T]) -> T:
        def read() -> T:
            with self._database.connect().execution_options(readonly=True) as connection:
                return query(connection)

        return await asyncio.to_thread(read)

    def _write(self, found: Sequence[Export], upto: int) -> None:
        with self._database.begin() as connection:
            write(connection, found, upto, datetime.now(UTC))


def write(connection: Connection, found: Sequence[Export], upto: int, at: datetime) -> None:
    """Put runs into the archive, and their digests on record."""
    effect = Archives(upto=upto, runs=tuple(one.run for one in found))
    known = {"key": f"{ARCHIVE}:{upto}:{digest(effect.content())[:16]}", "stage": ARCHIVE, "at": at}
    entry = Entry(action=ACTION, effects=(effect,), **known)
    source = Source(case=ARCHIVE, workflow_id=ARCHIVE, run_id="", rules="")
    archive.keep(connection, (one.kept for one in found))
    record.write(connection, Batch(source=source, entries=(entry,)))


async def fetched(client: Client, workflow_id: str, run_id: str) -> list[HistoryEvent]:
    """All events of a run; none: the engine has it no more."""
    try:
        handle = client.get_workflow_handle(workflow_id, run_id=run_id)
        return list((await handle.fetch_history()).events)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return []
        raise


async def _newest(client: Client, workflow_id: str) -> str:
    """The newest run of a workflow; empty: the engine has none."""
    try:
        return (await client.get_workflow_handle(workflow_id).describe()).run_id
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return ""
        raise


def _export(workflow_id: str, run_id: str, events: Sequence[HistoryEvent]) -> Export:
    kept = archive.pack(History(events=events).SerializeToString(deterministic=True))
    run = ArchivedRun(
        workflow_id=workflow_id,
        run_id=run_id,
        case=number_of(workflow_id),
        started_at=events[0].event_time.ToDatetime(UTC),
        events=len(events),
        ended=events[-1].event_type in _ENDS,
        sha256=archive.digest(kept),
        size=len(kept),
    )
    return Export(run, kept)


def _made_of(events: Sequence[HistoryEvent]) -> Iterator[str]:
    """The runs that a run continues, or was reset from."""
    for event in events:
        yield event.workflow_execution_started_event_attributes.continued_execution_run_id
        yield event.workflow_task_failed_event_attributes.base_run_id
