"""A worker says within seconds what keeps it from its work, and goes on when that is over."""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from adapters.database import head, revision, unmigrate
from cli.errors import Exit
from models.case.notice import Draft
from models.operations.health import LATE, Part, State
from models.tables.notice import notice
from runtime.readiness import _Stores
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
