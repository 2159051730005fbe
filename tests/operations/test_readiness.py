"""A worker says within seconds what keeps it from its work, and goes on when that is over."""

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import Engine, update
from temporalio.api.taskqueue.v1 import PollerInfo
from temporalio.api.workflowservice.v1 import DescribeTaskQueueResponse
from temporalio.client import Client

from adapters.database import head, revision, unmigrate
from cli.errors import Exit
from models.case.notice import Draft
from models.operations.health import LATE, Part, State
from models.tables.notice import notice
from runtime.workers.readiness import _Polls, _Stores
from testing.postgres import fresh_database
from tests.support.command import Done, accord
from tests.support.engine import processes, state, stop, until, up
from tests.support.entries import entry, write
from tests.support.furnished import furnish
from tests.support.patience import eventually_async
from tests.support.wire import wire

HASTY = ("-m", "tests.support.hasty", "up")


async def told(home: Path, code: Exit, words: str = "") -> Done:
    """What `accord health --ready` says, once it says this; a healthcheck asks as often."""

    async def asked() -> Done | None:
        done = await accord(home, "health", "--ready")
        return done if done.code == code and words in done.err else None

    return await eventually_async(asked, f"{code!r} {words}")


@pytest.mark.engine
async def test_what_is_away_is_said_is_over_when_it_is_back_and_does_not_hold_up_the_end(
    tmp_path: Path, postgres_url: str
) -> None:
    with fresh_database(postgres_url) as url:
        async with wire(url) as to_it, up(tmp_path, *HASTY, ACCORD_DATABASE_URL=to_it.url) as process:
            to_it.cut()
            await told(tmp_path, Exit.VERIFICATION, "database: (psycopg.OperationalError)")
            assert (await accord(tmp_path, "health")).code == Exit.DONE  # it lives: no reason to end it
            await to_it.mend()
            await told(tmp_path, Exit.DONE)
            os.kill(state(tmp_path).pid, signal.SIGSTOP)
            await told(tmp_path, Exit.VERIFICATION, "engine: no answer within 2 s")
            await told(tmp_path, Exit.DONE)  # the engine was found wedged, and started again
            to_it.freeze()
            await told(tmp_path, Exit.VERIFICATION, "database: no answer within 2 s")
            assert await stop(process) in (Exit.DONE, Exit.UNEXPECTED)  # it ended, in order or not
            await until(lambda: processes(tmp_path) == [])


class Asked:
    """An engine that says who asked it for work, and when."""

    namespace, identity = "default", "7@here"

    def __init__(self, *pollers: PollerInfo) -> None:
        self.pollers = pollers
        self.workflow_service = self

    async def describe_task_queue(self, *_: Any, **__: Any) -> DescribeTaskQueueResponse:
        """Say so."""
        return DescribeTaskQueueResponse(pollers=self.pollers)


def asking(second: int, identity: str = Asked.identity) -> PollerInfo:
    """Somebody has asked at this second, by the clock of the engine."""
    return PollerInfo(identity=identity, last_access_time=Timestamp(seconds=second))


async def test_who_asks_no_more_is_found_out_whatever_the_engines_clock_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, clock = Asked(asking(5, "8@there")), [100.0]
    monkeypatch.setattr("runtime.workers.readiness.time.monotonic", lambda: clock[0])
    polls = _Polls(cast(Client, engine))
    assert await polls.silent() is None  # another worker has asked
    engine.pollers = (asking(5), asking(9, "8@there"))
    assert await polls.silent() == timedelta(0)
    clock[0] += 70
    assert await polls.silent() == timedelta(seconds=70)
    engine.pollers = (asking(6),)
    assert await polls.silent() == timedelta(0)
    engine.pollers = ()  # the engine was started again and knows of nobody yet
    clock[0] += 30
    assert await polls.silent() == timedelta(seconds=30)


async def test_a_notice_that_nobody_tries_is_said(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", notices=[Draft(subject="S", body="B", persons=("coord.seo",))]))
    with database.begin() as connection:
        connection.execute(update(notice).values(due_at=datetime.now(UTC) - 2 * LATE))
    stores = _Stores(database)
    assert [check.state for check in await stores.look()] == [State.READY, State.READY]  # it has just begun
    stores._began -= 2 * LATE
    assert [check.state for check in await stores.look()] == [State.READY, State.NOT_READY]


async def test_a_schema_of_another_version_is_said_and_nothing_else_is_asked(database: Engine) -> None:
    unmigrate(database, "0014")
    (check,) = await _Stores(database).look()
    assert (check.part, check.state) == (Part.DATABASE, State.NOT_READY)
    assert "schema is 0014" in check.said


def test_the_schema_is_compared_with_that_of_this_version(database: Engine) -> None:
    with database.connect() as connection:
        assert revision(connection) == head()
