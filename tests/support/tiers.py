"""Three tiers of tests, by what they need beside the process that runs them: `pytest -m pure`.

Nobody has to mark a test: its fixtures say which tier it is of. A pure test that reaches for more than this
process fails at once. Where no fixture tells, the test is marked (`@pytest.mark.database`), or its module.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from sqlalchemy import Engine, event

TIERS = ("pure", "database", "engine")
INSTALLATIONS = frozenset(("house", "own", "racing", "impatient", "on_postgresql", "anywhere"))
"""Fixtures that start the engine. What is built on one of them need not be named."""
OUTSIDE = frozenset(("database", "postgres_url", "home", "fake", "stored"))
"""Fixtures that are a database, an installation without its engine, a bank that answers, a git repository."""

_REACHES = {
    "sqlite3.connect": "opens a database",
    "subprocess.Popen": "starts a process",
    "os.exec": "starts a process",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.system": "starts a process",
    "socket.connect": "connects to a server",
    "socket.getaddrinfo": "looks for a server",
    "socket.sendto": "sends to a server",
}
"""Events that the interpreter tells (docs.python.org, "Audit events table"), and what they mean."""

_alone: ContextVar[bool] = ContextVar("alone", default=False)
"""Whether this is a pure test. Threads and tasks of fixtures began elsewhere, and may do what they do."""


def tier(marks: Iterable[str], fixtures: Iterable[str]) -> str:
    """The tier of a test: the mark that is closest to it, else what its fixtures need."""
    marked = [mark for mark in marks if mark in TIERS]
    needed = set(fixtures)
    if marked:
        return marked[0]
    if needed & INSTALLATIONS:
        return "engine"
    return "database" if needed & OUTSIDE else "pure"


def tier_of(item: pytest.Item) -> str:
    """The same of a test that was collected."""
    return tier((mark.name for mark in item.iter_markers()), getattr(item, "fixturenames", ()))


@contextmanager
def alone(item: pytest.Item) -> Iterator[None]:
    """A pure test that opens a database, starts a process or reaches for a server meanwhile fails."""
    token = _alone.set(tier_of(item) == "pure")
    try:
        yield
    finally:
        _alone.reset(token)


def keep_watch() -> None:
    """Hear of all that this process reaches for; from SQLAlchemy, what the driver of PostgreSQL does in C."""
    sys.addaudithook(_hear)
    event.listen(Engine, "do_connect", lambda *_: _hear("sqlite3.connect", ()))


def _hear(what: str, _details: tuple[Any, ...]) -> None:
    if what in _REACHES and _alone.get():
        pytest.fail(f"a pure test {_REACHES[what]}: it is of another tier (tests/support/tiers.py)")
