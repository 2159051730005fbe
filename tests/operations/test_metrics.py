"""Metrics: what they say, what they cost, and that nothing of them holds anybody up."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection, Engine, event, update

from activities.operations.figures import figures
from activities.operations.noting import note
from adapters.database import connect
from models.case.notice import Draft
from models.operations.difference import Difference, DifferenceKind
from models.tables.money import fund
from models.tables.notice import notice
from runtime.measuring import gauging
from runtime.measuring.gauging import Gauging
from runtime.measuring.metrics import Metrics, Place, place
from runtime.settings import Settings
from runtime.temporal import engine
from runtime.workers.worker import working
from tests.support.entries import entry, write
from tests.support.furnished import furnish
from tests.support.house import House
from tests.support.patience import eventually_async
from tests.support.scraping import Silent, metrics, scraped, value


@contextmanager
def statements(database: Engine) -> Iterator[list[str]]:
    """Those that are asked within the block."""
    asked: list[str] = []

    def hear(_c: object, _k: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    event.listen(database, "before_cursor_execute", hear)
    yield asked
    event.remove(database, "before_cursor_execute", hear)


@pytest.mark.engine
async def test_a_worker_says_how_it_keeps_up_and_names_nobody(house: House, tmp_path: Path) -> None:
    """Beside the worker of the other tests: it gets its share of the work."""
    settings = house.settings.model_copy(update={"metrics": "0"})
    metrics = Metrics(settings)
    address = house.client.service_client.config.target_host
    client = await engine.dial(address, settings, metrics.runtime)
    async with working(client, house.database, settings, metrics=metrics):
        assert metrics.port

        async def measured() -> str:
            case = await house.propose()
            await case.gate("review")
            text = await asyncio.to_thread(scraped, metrics.port)
            await case.withdraw()
            waited = value(text, "temporal_workflow_task_schedule_to_start_latency_seconds_count")
            batches = value(text, "accord_batch_entries_count")
            assert case.id not in text
            assert "coord.seo" not in text
            return text if waited and batches else ""

        text = await eventually_async(measured, "it is measured")
    assert value(text, "accord_batch_bytes_sum") > 100
    assert 'accord_open_cases{kind="partnership",stage="review"}' in text
    assert 'temporal_worker_task_slots_available{worker_type="ActivityWorker"}' in text


def test_the_figures_are_those_of_the_tables(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", notices=[Draft(subject="S", body="B", persons=("coord.seo",))]))
    with database.begin() as connection:
        now = datetime.now(UTC)
        before = figures(connection, now)
        connection.execute(update(notice).values(due_at=now - timedelta(minutes=5)))
        connection.execute(update(fund).values(frozen="looked into"))
        after = figures(connection, now)
        levels = connection.execute(fund.select()).all()
    assert before.frozen == 0 < after.frozen == len(levels)
    assert after.outbox_seconds == pytest.approx(300)
    assert after.last_record == before.last_record > 0


def test_each_difference_that_was_put_on_record_is_counted(database: Engine) -> None:
    furnish(database)
    now = datetime.now(UTC)
    found = (Difference(kind=DifferenceKind.SQUATTED, workflow_id=f"partnership/T-{one}") for one in "112")
    with database.begin() as connection:
        before = figures(connection, now).differences
        for one in found:
            note(connection, one, now)
        assert (before, figures(connection, now).differences) == (0, 2)


def test_a_scrape_takes_two_statements_and_writes_nothing(database: Engine, tmp_path: Path) -> None:
    furnish(database)
    with metrics(tmp_path).served(database, Silent()) as port:
        with statements(database) as asked:
            text = scraped(port)
        assert len([one for one in asked if one.startswith("SELECT")]) == len(asked) == 2
    assert value(text, "accord_database_up") == 1
    assert value(text, "accord_failing_workflows") == 2
    assert value(text, "accord_last_backup_timestamp_seconds") == 0


@pytest.mark.database
def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    with metrics(tmp_path).served(connect("postgresql://nobody@127.0.0.1:1/none"), Silent()) as port:
        text = scraped(port)
    assert value(text, "accord_database_up") == 0
    assert "accord_overdue_decisions" not in text  # nobody knows: it is not 0
    assert value(text, "accord_failing_workflows") == 2


def test_a_database_that_hangs_costs_two_seconds_and_one_connection(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on, asked = Event(), []

    def hang(connection: Connection, now: datetime) -> None:
        asked.append(connection)
        going_on.wait(60)

    monkeypatch.setattr(gauging, "figures", hang)
    looking = Gauging(database)
    assert [looking.look(), looking.look()] == [None, None]
    assert len(asked) == 1
    going_on.set()
    looking._thread.shutdown()


def test_a_port_that_is_taken_is_said_and_the_worker_goes_on(database: Engine, tmp_path: Path) -> None:
    with metrics(tmp_path).served(database, Silent()) as port:
        second = Metrics(Settings(home=tmp_path, metrics=str(port)))
        with second.served(database, Silent()) as other:
            assert other == 0


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("9464", Place("127.0.0.1", 9464)),
        ("0.0.0.0:9464", Place("0.0.0.0", 9464)),
        ("[::1]:9464", Place("::1", 9464)),
    ],
)
def test_it_is_loopback_unless_asked(said: str, meant: Place) -> None:
    assert place(said) == meant


@pytest.mark.parametrize("said", ["here", "127.0.0.1", ":99999", "127.0.0.1:"])
def test_what_is_no_address_is_refused(said: str) -> None:
    with pytest.raises(engine.EngineError, match="an address and a port"):
        place(said)
