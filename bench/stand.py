"""What a subject stands on: the embedded engine, a worker in its own process, a database, a driver."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine
from temporalio.client import Client

from activities.case import registry
from adapters.database import connect
from bench.bell import PORT, Bell
from bench.driver import Driver, ShapeDriver, SingleDriver, SkeletonDriver
from bench.ours import Ours
from bench.peer import dbos
from bench.process import WorkerProcess, postmaster
from bench.programme import UNPAID
from bench.serve import converter
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.temporal.embedded import Embedded
from testing.postgres import fresh_database


class Subject(StrEnum):
    """What is measured."""

    SKELETON = "skeleton"
    SINGLE = "update + activity"
    SHAPE = "own shape"
    SQLITE = "ours, SQLite"
    POSTGRES = "ours, PostgreSQL"
    DBOS = "DBOS, PostgreSQL"


BARE = (Subject.SKELETON, Subject.SINGLE, Subject.SHAPE)
"""Those with no application in them."""
ON_POSTGRES = (Subject.POSTGRES, Subject.DBOS)


class Stand(NamedTuple):
    """A subject ready to be driven: its processes and their driver."""

    driver: Driver
    server: int | None
    worker: WorkerProcess
    database: int | None


@asynccontextmanager
async def standing(subject: Subject, home: Path, postgres: str | None) -> AsyncIterator[Stand]:
    """Everything that ``subject`` needs, new and empty, in the folder ``home``."""
    async with _made(subject, home, postgres) as stand:
        stand.worker.start()
        try:
            yield stand
        finally:
            stand.worker.kill()


@asynccontextmanager
async def _made(subject: Subject, home: Path, postgres: str | None) -> AsyncIterator[Stand]:
    if subject is Subject.DBOS:
        assert postgres, "it stores everything in PostgreSQL"
        with dbos(home, postgres) as (driver, worker, database):
            yield Stand(driver, None, worker, postmaster(database))
        return
    engine = Embedded(home)
    try:
        client = await engine.start()
        made = _bare(subject, engine) if subject in BARE else _ours(client, engine, postgres)
        async with made as stand:
            yield stand
    finally:
        engine.stop()


@asynccontextmanager
async def _bare(subject: Subject, engine: Embedded) -> AsyncIterator[Stand]:
    name = "shape" if subject is Subject.SHAPE else "skeletons"
    client = await Client.connect(engine.address, data_converter=converter(name))
    bell = await Bell().listen()
    command = [sys.executable, "-m", "bench.serve", name, engine.address]
    worker = WorkerProcess(command, {PORT: str(bell.port)}, engine.home / "worker.log")
    driver: Driver
    match subject:
        case Subject.SHAPE:
            driver = ShapeDriver(client, bell, UNPAID)
        case Subject.SINGLE:
            driver = SingleDriver(client, bell)
        case _:
            driver = SkeletonDriver(client, bell)
    try:
        yield Stand(driver, engine.pid, worker, None)
    finally:
        bell.hush()


@asynccontextmanager
async def _ours(client: Client, engine: Embedded, postgres: str | None) -> AsyncIterator[Stand]:
    with database_of(engine.home, postgres) as (url, database):
        environment = {"ACCORD_HOME": str(engine.home), "ACCORD_DATABASE_URL": url, "ACCORD_SMTP_HOST": ""}
        worker = WorkerProcess([sys.executable, "worker.py"], environment, engine.home / "worker.log")
        yield Stand(Ours(client, database, engine.home), engine.pid, worker, postmaster(database))


@contextmanager
def database_of(home: Path, postgres: str | None) -> Iterator[tuple[str, Engine]]:
    """A database, set up: a new one on the PostgreSQL server of that URL, else a SQLite file."""
    if postgres is None:
        yield _set_up(home, f"sqlite:///{home / 'accord.db'}")
        return
    with fresh_database(postgres) as url:
        made = _set_up(home, url)
        try:
            yield made
        finally:
            made[1].dispose()


def _set_up(home: Path, url: str) -> tuple[str, Engine]:
    database = connect(url)
    set_up(database, Settings(home=home, database_url=url))
    with database.begin() as connection:
        registry.register(connection, UNPAID, datetime.now(UTC))
    return url, database
