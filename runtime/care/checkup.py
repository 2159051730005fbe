"""A check-up of an installation: `accord doctor`. Whatever a look fails with is a finding, too."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

from sqlalchemy import Connection, Engine
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from activities.operations.health import clock_skew, ends_of_calendars, outbox
from activities.operations.reconcile import Reconciliation
from activities.payment.sending import BANK_QUEUE
from adapters.database import head, known_revisions, revision
from models.operations.checkup import Finding, judged, ok, problem, warning
from runtime.care import checkup_files as files
from runtime.keys import ring
from runtime.settings import Settings
from runtime.temporal import engine, folder
from runtime.temporal.server import free_ports
from services.case.queue import TASK_QUEUE

_SKEW = (2.0, 60.0)
"""Seconds by which a clock may differ: envelopes count for five minutes."""
_LATE = (10.0, 240.0)
"""Minutes that a letter may be due before somebody should look."""
_YEARS = 3


def checkup(settings: Settings, database: Callable[[], Engine]) -> Iterator[Finding]:
    """Everything there is to see, one finding after the other."""
    for look in (files.settings, files.folders, files.keys, files.disk, files.last_backup):
        yield from _safely(look.__name__, lambda look=look: look(settings))  # type: ignore[misc]
    yield from _safely("engine program", files.engine_program)
    yield from _safely("fonts", files.fonts)
    yield from _safely("database", lambda: _database(database()))
    yield from _safely("ports", lambda: _ports(settings))
    yield from _safely("engine", lambda: asyncio.run(_of_the_engine(settings, database())))


def _safely(what: str, look: Callable[[], Iterator[Finding] | list[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except Exception as error:
        yield problem(what, f"{type(error).__name__}: {str(error)[:300]}", "put this right, then look again")


def _database(database: Engine) -> Iterator[Finding]:
    """Whether it answers, has our schema, agrees on the time; letters that wait; how far holidays reach."""
    with database.connect().execution_options(readonly=True) as connection:
        yield _schema(connection)
        skew = clock_skew(connection)
        says = f"that of the database differs by {skew:.1f} s"
        yield judged("clock", abs(skew), _SKEW, says, "have both take the time from one server (NTP)")
        yield _outbox(connection)
        yield from _calendars(connection)


def _schema(connection: Connection) -> Finding:
    there = revision(connection)
    if there == head():
        return ok("database", f"{connection.dialect.name}, schema {there}")
    if there is None or there in known_revisions():
        return problem("database", f"schema {there} is older than this program", "accord setup")
    return problem("database", f"schema {there} is unknown: newer than this program", "run the newer one")


def _outbox(connection: Connection) -> Finding:
    """Letters that wait for a worker; those that a mail server does not take."""
    due, in_vain, dead = outbox(connection)
    says = f"one has been due for {due:.0f} min; {in_vain} tried in vain, {dead} refused for good"
    found = judged("outbox", due, _LATE, says, "is a worker running? accord notices")
    if found.todo or not in_vain:
        return found
    return warning("outbox", says, "is the mail server reachable? accord notices says what it answers")


def _calendars(connection: Connection) -> Iterator[Finding]:
    from activities.case.deadline import edition

    ends = ends_of_calendars(connection)
    soon = {country: year for country, (year, left) in ends.items() if left < _YEARS}
    if soon:
        found = ", ".join(f"{country} after {year}" for country, year in sorted(soon.items()))
        yield warning("calendar", f"{edition()}: no holidays are known of {found}", "install a newer edition")
    else:
        yield ok("calendar", f"{edition()}, for {len(ends)} countries of open cases")


def _ports(settings: Settings) -> Iterator[Finding]:
    if engine.configured():
        yield ok("ports", "the environment names a cluster")
    elif (state := folder.read(settings.home)) and folder.is_locked(settings.home):
        pages = f", its own pages at {state.ui}" if state.ui else ", without pages of its own"
        yield ok("ports", f"the engine listens at 127.0.0.1:{state.port}{pages}")
    else:
        free_ports()
        yield ok("ports", "no engine runs; there are free ports for one")


async def _of_the_engine(settings: Settings, database: Engine) -> list[Finding]:
    """Whether it answers, whether somebody works, what differs from the record."""
    if not engine.configured() and not engine.running(settings.home):
        return [warning("engine", "none is running", "make up; what follows cannot be looked at")]
    client = await engine.connect(settings)
    found = [one async for one in _polling(client)]
    differences = await Reconciliation(database, ring(settings)).find(client)
    if not differences:
        return [*found, ok("differences", "engine, record and ledger agree")]
    kinds = ", ".join(sorted({str(one.kind) for one in differences}))
    return [*found, problem("differences", f"{len(differences)}: {kinds}", "accord reconcile")]


async def _polling(client: Client) -> AsyncIterator[Finding]:
    for queue, kind, what in (
        (TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, "workflows"),
        (TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY, "activities"),
        (BANK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY, "what goes to the bank"),
    ):
        request = DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
        there = await client.workflow_service.describe_task_queue(request)
        if there.pollers:
            yield ok("worker", f"{len(there.pollers)} ask for {what}")
        else:
            yield problem("worker", f"nobody works on {what}: cases stand still", "make up")
