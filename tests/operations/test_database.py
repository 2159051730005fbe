"""The database: its migrations, its settings, and what the tests of the activities write to it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from activities.case.delivery import Outbox
from adapters.database import connect, migrate, unmigrate
from models.amount import Amount
from models.money.rule import MoneyRule
from models.money.transfer import TransferKind
from models.tables import metadata
from models.tables.money import fund as funds
from models.tables.money import transfer
from models.tables.record import counter, record
from tests.support.entries import entry, write
from tests.support.furnished import EFFECTS, FURNISHED, furnish, snapshot


def test_the_migrations_go_up_down_and_up_again(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", **EFFECTS))
    Outbox(database, lambda letter: "sent").deliver()
    unmigrate(database, "base")
    assert inspect(database).get_table_names() == ["alembic_version"]
    if database.dialect.name == "postgresql":
        with database.connect() as connection:
            left = text("SELECT count(*) FROM pg_proc WHERE proname = 'append_only'")
            assert connection.scalar(left) == 0
    migrate(database)
    furnish(database)
    assert [receipt.seq for receipt in write(database, entry("a", **EFFECTS))] == [FURNISHED + 1]


def test_migrating_again_changes_nothing(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", **EFFECTS))
    before = snapshot(database)
    migrate(database)
    assert snapshot(database) == before


def test_the_migrated_schema_is_that_of_the_tables(database: Engine) -> None:
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        checks = {
            check["name"]
            for table in metadata.tables
            for check in inspect(connection).get_check_constraints(table)
        }
    funds = {f"ck_fund_{name}" for name in ("adds_up", "memo_adds_up", "no_overdraft", "capped")}
    names = ("adds_up", "memo_adds_up", "no_overdraft", "returned_once")
    totals = {*(f"ck_reservation_total_{name}" for name in names)}
    totals |= {"ck_case_total_no_overdraft", "ck_group_total_no_overdraft"}
    assert checks == {*funds, *totals, "ck_transfer_positive"}


@pytest.mark.database
def test_sqlite_is_durable_and_keeps_foreign_keys(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'new' / 'accord.db'}")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with engine.connect() as first, engine.connect().execution_options(readonly=True) as second:
        for connection in (first, second):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert found == wanted
    engine.dispose()


def test_a_reader_does_not_wait_for_a_writer(database: Engine) -> None:
    write(database, entry("a"))
    with database.begin() as writer, database.connect().execution_options(readonly=True) as reader:
        writer.execute(update(counter).values(value=41))
        assert reader.scalar(select(counter.c.value)) == 1


def test_an_instant_is_utc_on_every_database(database: Engine) -> None:
    seoul = datetime.fromisoformat("2026-03-02T08:59:59.000001+09:00")
    write(database, entry("a", at=seoul))
    with database.connect() as connection:
        (found,) = connection.scalars(select(record.c.at))
    assert found == seoul
    assert found.utcoffset() == timedelta()


def test_a_time_without_a_zone_is_refused(database: Engine) -> None:
    with pytest.raises(StatementError, match="time zone"):
        write(database, entry("a", at=datetime(2026, 3, 2)))  # noqa: DTZ001 - that is what is wrong with it


def test_the_database_itself_refuses_money_that_does_not_add_up(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", **EFFECTS))
    before = snapshot(database)
    columns = (
        "'k', kind, \"case\", fund, reservation, reservation, debit, credit, amount, currency, record, at"
    )
    copy = f"INSERT INTO transfer SELECT {columns} FROM transfer WHERE kind = 'pending'"
    twice = columns.replace("'k'", "'l'")
    wrong = [
        "UPDATE fund SET available = available + 1",
        "UPDATE fund SET available = -1, reserved = cap + 1",
        "UPDATE fund SET cap = 999",
        "UPDATE fund SET pledged = pledged + 1",
        copy.replace("amount", "0"),
        copy.replace("record", "999"),
        copy.replace(" fund", " 'nowhere'"),
        f"{copy} UNION ALL SELECT {twice} FROM transfer WHERE kind = 'pending'",
        "DELETE FROM fund",
    ]
    with database.connect() as connection:  # what is copied is good; it is not committed
        connection.execute(text(copy))
    for statement in wrong:
        with pytest.raises(IntegrityError), database.begin() as connection:
            connection.execute(text(statement))
    assert snapshot(database) == before


def test_the_last_money_goes_to_exactly_as_many_as_fit(database: Engine) -> None:
    furnish(database)

    def reserve(key: str) -> str | None:
        changes = {"key": key, "reservation": key, "amount": Amount(minor=90, currency="KRW")}
        return write(database, entry(key, transfer=EFFECTS["transfer"].model_copy(update=changes)))[0].rule

    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(reserve, [f"r{n}" for n in range(40)]))
    assert answers.count(None) == 11
    assert answers.count(MoneyRule.FUNDS_SHORT) == 29
    with database.connect() as connection:
        assert connection.scalar(select(funds.c.available).where(funds.c.id == "studies")) == 10
        pending = select(transfer.c.amount).where(transfer.c.kind == TransferKind.PENDING)
        assert connection.scalars(pending).all() == [90] * 11
        assert sorted(connection.scalars(select(record.c.seq))) == list(range(1, FURNISHED + 41))
