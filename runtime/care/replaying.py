"""Histories of this installation, run again with the code that is installed here."""

import asyncio
from collections.abc import AsyncGenerator
from typing import NamedTuple

from sqlalchemy import Engine, inspect, select
from temporalio.api.history.v1 import History
from temporalio.client import Client, HeaderCodecBehavior, WorkflowHistory
from temporalio.service import RPCError
from temporalio.worker import Replayer

from activities.case import archive
from activities.operations.archiving import fetched
from adapters.ciphers import Ciphers
from models.case.archive import ArchivedRun
from models.operations.deployment import Checked, event_of
from models.tables.archive import archived_run
from models.tables.case import case
from runtime.care.half_done import cannot_be_reset, half_done
from runtime.settings import Settings
from runtime.workers.plugin import plugin

_RUNNING = 'ExecutionStatus = "Running"'
_LONGEST = 400
_NAMED = 10
_CASES = select(case.c.number, case.c.workflow_id).where(case.c.closed_at.is_(None))


class Open(NamedTuple):
    """A run that goes on, and where its history is from."""

    workflow_id: str
    run_id: str
    source: str
    history: WorkflowHistory


async def replayed(
    client: Client | None, database: Engine, settings: Settings
) -> AsyncGenerator[Checked, None]:
    """Run every history that is open again: as the engine has it; what it does not have, as it was archived.
    One line for each that would break, for what is half done in one, and for all that go on.
    """
    ours = plugin(ciphers=Ciphers(settings.keys_folder))
    # how long a task takes is no matter here: the watchdog of the SDK is off
    replayer = Replayer(
        workflows=[], plugins=[ours], debug_mode=True, header_codec_behavior=HeaderCodecBehavior.CODEC
    )
    done, bound = {"engine": 0, "archive": 0}, 0
    async for one in _open(client, database):
        if isinstance(one, Checked):
            yield one
            continue
        result = await replayer.replay_workflow(one.history, raise_on_replay_failure=False)
        done[one.source] += 1
        if failure := result.replay_failure:
            yield _broken(one, str(failure))
        for waits in half_done(one.workflow_id, one.history.events):
            yield waits
        bound += cannot_be_reset(one.workflow_id, one.history.events)
    if bound:
        what = f"{bound} open workflows were started before starts were signed"
        yield Checked(what, is_good=True, detail="they go on, and cannot be reset")
    where = ", ".join(f"{number} of the {source}" for source, number in done.items())
    yield Checked("open histories run again with this code", is_good=True, detail=where)


def _broken(one: Open, failure: str) -> Checked:
    event = event_of(failure)
    at = f" at event {event}" if event else ""
    return Checked(f"{one.workflow_id} would break{at}", is_good=False, detail=failure[:_LONGEST])


async def _open(client: Client | None, database: Engine) -> AsyncGenerator[Open | Checked, None]:
    seen: set[str] = set()
    if client:
        async for found in client.list_workflows(_RUNNING):
            if events := await fetched(client, found.id, found.run_id):
                seen.add(found.id)
                yield Open(found.id, found.run_id, "engine", WorkflowHistory(found.id, events))
    archived: set[str] = set()
    for run in await asyncio.to_thread(_kept, database):
        if run.workflow_id in seen:
            continue
        if not client or not await _is_there(client, run.workflow_id):
            archived.add(run.workflow_id)
            yield _archived(database, run.workflow_id, run.run_id, run.sha256)
    if not client and (unseen := await asyncio.to_thread(_unseen, database, archived)):
        yield _without_history(unseen)


def _unseen(database: Engine, seen: set[str]) -> list[str]:
    """The cases that are open on record, and of which nothing was run again."""
    with database.connect().execution_options(readonly=True) as connection:
        return sorted({row.number for row in connection.execute(_CASES) if row.workflow_id not in seen})


def _without_history(cases: list[str]) -> Checked:
    named = ", ".join(cases[:_NAMED]) + (" …" if len(cases) > _NAMED else "")
    why = f"{named}. Start `accord up` with the version that is at work, then check again."
    what = f"{len(cases)} open {'case has' if len(cases) == 1 else 'cases have'} no history in the archive"
    return Checked(what, is_good=False, detail=why)


def _kept(database: Engine) -> list[ArchivedRun]:
    """The open runs in the archive; none where the schema is older than the archive."""
    with database.connect().execution_options(readonly=True) as connection:
        there = inspect(connection).has_table(archived_run.name)
        return archive.open_runs(connection) if there else []


async def _is_there(client: Client, workflow_id: str) -> bool:
    """Whether the engine has a workflow: then what it has is newer than the archive."""
    try:
        await client.get_workflow_handle(workflow_id).describe()
    except RPCError:
        return False
    return True


def _archived(database: Engine, workflow_id: str, run_id: str, sha256: str) -> Open | Checked:
    with database.connect().execution_options(readonly=True) as connection:
        try:
            content = archive.history(connection, sha256)
        except ValueError as problem:
            return Checked(f"{workflow_id} cannot be run again", is_good=False, detail=str(problem))
    if content is None:
        return Checked(f"{workflow_id} cannot be run again", is_good=False, detail="its history is gone")
    events = History.FromString(content).events
    return Open(workflow_id, run_id, "archive", WorkflowHistory(workflow_id, list(events)))
