"""One server, one worker, one database for the run; every test has cases of its own."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from adapters.database import connect, migrate
from runtime import logs
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.temporal.embedded import Embedded
from testing.postgres import HASTY, PostgresMissing, temporary_postgres
from tests.support.copies import Copies
from tests.support.failed_tasks import but_too_slow
from tests.support.haste import hurry
from tests.support.house import House, Patient
from tests.support.installation import SKIPPING, installation
from tests.support.patience import patience, slowness
from tests.support.tiers import alone, keep_watch, tier_of

logs.configure(50)
keep_watch()
hurry()
# a slow machine finds no other faults
UNHURRIED = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("unhurried", UNHURRIED)
hypothesis.settings.load_profile("unhurried")
for name in ("COLUMNS", "LINES"):  # whoever runs us says how wide their screen is; nobody looks at ours
    os.environ.pop(name, None)

LONGEST = (
    "test_readme",
    "test_payment_crash",
    "test_crash",
    "test_engine_process",
    "test_chaos",
    "test_cohort_rewound",
    "test_record_proof",
    "test_partnership",
    "test_image",
    "test_upgrade_drill",
)
"""What takes longest begins first: then files that run side by side end together."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """On a slow machine, a test may take longer. All processes of a run hear how slow it is."""
    os.environ["ACCORD_SLOWNESS"] = str(slowness())
    if config.option.timeout is None:
        config.option.timeout = patience(float(config.getini("timeout")))


def pytest_sessionstart() -> None:
    """Pytest listens by now to what cannot be raised, and fails a test for it: but for one thing."""
    sys.unraisablehook = but_too_slow(sys.unraisablehook)


def pytest_report_header() -> str:
    """How slow it is today: every wait and every limit is so many times longer."""
    return f"slowness: {slowness():.1f}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first; apart from that, the order of the files. Mark each with its tier, before `-m`
    looks for it. What says how long it may take means it on a machine that is not slow.
    """
    items.sort(key=lambda item: item.path.stem not in LONGEST)
    for item in items:
        item.add_marker(tier_of(item), append=False)
        if (limit := item.get_closest_marker("timeout")) is not None:
            item.add_marker(pytest.mark.timeout(patience(limit.args[0])), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """A pure test reaches for nothing outside; nor do its fixtures."""
    with alone(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """The same while it runs."""
    with alone(item):
        return (yield)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL, given or started; in CI it must be there."""
    if given := os.environ.get("ACCORD_TEST_POSTGRES_URL"):
        yield given
        return
    try:
        with temporary_postgres(HASTY) as url:
            yield url
    except PostgresMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def template(postgres_url: str, worker_id: str) -> str:
    """The name of a migrated database that others are copied from; whoever runs beside us has another."""
    name = f"accord_template_{worker_id}"
    admin = connect(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    engine = connect(make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
    migrate(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def copies(postgres_url: str, template: str, worker_id: str) -> Iterator[Copies]:
    """Copies of it, one at a time."""
    copies = Copies(postgres_url, template, f"accord_copy_{worker_id}")
    yield copies
    copies.drop()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a migrated SQLite database that others are copied from."""
    file = tmp_path_factory.mktemp("migrated") / "accord.db"
    engine = connect(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()  # the last connection takes what was written into the one file that is copied
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty, migrated database: every test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated"), tmp_path / "accord.db")
        engine = connect(f"sqlite:///{file}")
        yield engine
        engine.dispose()
        return
    copies: Copies = request.getfixturevalue("copies")
    with copies.one() as url:
        engine = connect(url.render_as_string(hide_password=False))
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The whole installation, as `make up` runs it, with a clock that tests can move."""
    async with installation(tmp_path_factory.mktemp("home")) as house:
        yield house


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[tuple[House, Embedded]]:
    """A server and a database of the test's own; no worker."""
    settings = Settings(home=tmp_path)
    database = connect(settings.database)
    set_up(database, settings)
    embedded = Embedded(tmp_path, extra=SKIPPING)
    client = await embedded.start()
    house = House(client, database, settings)
    house.cases = Patient(client, database, settings)
    try:
        yield house, embedded
    finally:
        embedded.stop()
        database.dispose()
