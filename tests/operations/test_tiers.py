"""Every test is of one tier, and a pure one needs nothing but the process that runs it."""

import asyncio
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import create_engine

from tests.support.tiers import TIERS, alone, tier, tier_of

NOWHERE = ("127.0.0.1", 1)


def connect_to_a_server() -> None:
    """As an HTTP client does."""
    socket.create_connection(NOWHERE, timeout=1)


def send_to_a_server() -> None:
    """Without a connection."""
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.sendto(b"", NOWHERE)


def start_a_process() -> None:
    """And wait for its end."""
    subprocess.run([sys.executable, "-c", ""], check=True)


def open_a_file_of_a_database() -> None:
    """It would be in memory."""
    sqlite3.connect(":memory:")


def open_postgresql() -> None:
    """Its driver connects in C."""
    create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none").connect()


REACHES = [
    connect_to_a_server,
    send_to_a_server,
    start_a_process,
    open_a_file_of_a_database,
    open_postgresql,
]


@pytest.mark.parametrize("reach", REACHES, ids=lambda reach: reach.__name__)
def test_a_pure_test_that_reaches_further_fails(reach: Callable[[], None]) -> None:
    with pytest.raises(pytest.fail.Exception, match="of another tier"):
        reach()


async def test_so_does_one_that_waits() -> None:
    with pytest.raises(pytest.fail.Exception, match="starts a process"):
        await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    with pytest.raises(pytest.fail.Exception, match="opens a database"):
        await asyncio.to_thread(open_a_file_of_a_database)


def test_what_others_have_begun_goes_on_meanwhile() -> None:
    """The worker of an installation that other tests use is a thread of this process."""
    ran: list[sqlite3.Connection] = []
    thread = Thread(target=lambda: ran.append(sqlite3.connect(":memory:", check_same_thread=False)))
    thread.start()
    thread.join()
    ran[0].close()


@pytest.mark.database
def test_any_other_test_may(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.db").close()
    with alone(request.node):
        sqlite3.connect(tmp_path / "a.db").close()


@pytest.mark.parametrize(
    ("marks", "fixtures", "expected"),
    [
        ([], [], "pure"),
        (["parametrize"], ["tmp_path"], "pure"),
        ([], ["tmp_path", "database"], "database"),
        ([], ["postgres_url"], "database"),
        ([], ["database", "house"], "engine"),
        ([], ["own"], "engine"),
        (["engine"], [], "engine"),
        (["database", "engine"], ["house"], "database"),
        (["pure"], ["database"], "pure"),
    ],
)
def test_the_mark_decides_then_the_fixtures(marks: list[str], fixtures: list[str], expected: str) -> None:
    assert tier(marks, fixtures) == expected


def test_every_test_has_the_mark_of_one_tier(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        assert {mark.name for mark in item.iter_markers()} & {*TIERS} == {tier_of(item)}, item.nodeid
