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

from activities.partnership import programme
from adapters.database import connect
from adapters.documents import load_programme
from bench.bell import PORT, Bell
from bench.driver import Driver, ShapeDriver, SkeletonDriver
from bench.lifecycle import Ours
from bench.process import WorkerProcess, postmaster
from bench.serve import converter
from runtime.embedded import Embedded
from runtime.settings import ROOT, Settings
from runtime.setup import set_up
from testing.postgres import fresh_database

_WHOLE = load_programme(ROOT / "programmes" / "k-city-2020.toml")
UNPAID = "k-city-unpaid"
_STUDY = _WHOLE.study.model_copy(update={"tender": None})
PROGRAMMES = (_WHOLE.model_copy(update={"id": UNPAID, "payment": None, "study": _STUDY}),)
"""What is measured: tenders are held and money is paid elsewhere, as in the skeletons; `bench.money` has the
ledger."""


class Subject(StrEnum):
    """What is measured."""

    SKELETON = "skeleton"
    SHAPE = "own shape"
    SQLITE = "ours, SQLite"
    POSTGRES = "ours, PostgreSQL"


class Stand(NamedTuple):
    """A subject ready to be driven: its processes and their driver."""

    driver: Driver
    client: Client
    server: int
    worker: WorkerProcess
    database: int | None


@asynccontextmanager
async def standing(subject: Subject, home: Path, postgres: str | None) -> AsyncIterator[Stand]:
    """Everything that ``subject`` needs, new and empty, in the folder ``home``."""
    engine = Embedded(home)
    try:
        client = await engine.start()
        bare = subject in (Subject.SKELETON, Subject.SHAPE)
        made = _bare(subject, engine) if bare else _ours(client, engine, postgres)
        async with made as stand:
            stand.worker.start()
            try:
                yield stand
            finally:
                stand.worker.kill()
    finally:
        engine.stop()


@asynccontextmanager
async def _bare(subject: Subject, engine: Embedded) -> AsyncIterator[Stand]:
    name = "skeleton" if subject is Subject.SKELETON else "shape"
    client = await Client.connect(engine.address, data_converter=converter(name))
    bell = await Bell().listen()
    command = [sys.executable, "-m", "bench.serve", name, engine.address]
    worker = WorkerProcess(command, {PORT: str(bell.port)}, engine.home / "worker.log")
    driver: Driver = SkeletonDriver(client, bell)
    if subject is Subject.SHAPE:
        driver = ShapeDriver(client, bell, PROGRAMMES[0])
    try:
        yield Stand(driver, client, engine.pid, worker, None)
    finally:
        bell.hush()


@asynccontextmanager
async def _ours(client: Client, engine: Embedded, postgres: str | None) -> AsyncIterator[Stand]:
    with database_of(engine.home, postgres) as (url, database):
        environment = {"ACCORD_HOME": str(engine.home), "ACCORD_DATABASE_URL": url, "ACCORD_SMTP_HOST": ""}
        worker = WorkerProcess([sys.executable, "worker.py"], environment, engine.home / "worker.log")
        yield Stand(Ours(client, database), client, engine.pid, worker, postmaster(database))


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
        for terms in PROGRAMMES:
            programme.register(connection, terms, datetime.now(UTC))
    return url, database
