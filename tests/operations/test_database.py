"""The database: its migrations, its settings, and what the tests of the activities write to it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from activities.case.delivery import Outbox
from activities.money import fund as funding
from activities.people import person
from adapters.database import connect, migrate, unmigrate
from models.amount import Amount
from models.case.case import Standing
from models.case.notice import Draft
from models.money.fund import Fund, Sleeve
from models.money.rule import MoneyRule
from models.money.transfer import Transfer, TransferKind
from models.partnership.partnership import Stage
from models.people.person import Person
from models.tables import metadata
from models.tables.money import fund as funds
from models.tables.money import transfer
from models.tables.record import counter, record
from tests.support.entries import NOW, entry, write
from tests.support.house import proposal

EFFECTS: dict[str, Any] = {
    "proposal": proposal("T-1"),
    "after": Standing(stage=Stage.FUNDING),
    "transfer": Transfer(
        key="T-1:reserve",
        kind=TransferKind.PENDING,
        fund="studies",
        reservation="T-1:reserve",
        amount=Amount(minor=400, currency="KRW"),
    ),
    "notices": (Draft(subject="Read", body="Please.", roles=("expert",), persons=("coord.seo",)),),
}
"""One of each effect of an entry, but for the gates."""


FURNISHED = 3


def somebody(who: str, *roles: str, **changes: Any) -> Person:
    """A person of the directory."""
    fields = {"id": who, "name": f"Ms {who}", "organisation": "kind", "email": f"{who}@accord.example"}
    return Person(roles=roles, **(fields | changes))


def register(database: Engine, *people: Person) -> None:
    """Put people in the directory."""
    with database.begin() as connection:
        person.register(connection, people)


def furnish(database: Engine) -> None:
    """People, and 1000 won to give away; the first FURNISHED entries of the record say so."""
    people = {"expert.lim": "expert", "sec.han": "secretariat", "director.kang": "director"}
    register(database, *(somebody(who, role) for who, role in people.items()), somebody("coord.seo"))
    add_fund(database, "f", studies=1000, other=500)


def add_fund(database: Engine, name: str, **caps: int) -> None:
    """Register a fund with these sleeves."""
    sleeves = tuple(Sleeve(id=part, name=part, cap=cap) for part, cap in caps.items())
    with database.begin() as connection:
        terms = Fund(id=name, name=name, currency="KRW", cap=10_000, sleeves=sleeves)
        funding.register(connection, terms, NOW)


def snapshot(database: Engine, *but: str) -> dict[str, list[str]]:
    """Every row of every table, but those of the tables left out."""
    with database.connect() as connection:
        tables = [table for table in metadata.sorted_tables if table.name not in but]
        return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}


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
