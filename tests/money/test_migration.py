"""The migration to running totals: filled from a ledger with data in it, on both databases, and back."""

from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Table, inspect, select

from activities.case import request
from activities.money import proof
from activities.money.fund import register
from activities.money.ledger import listing
from adapters.database import MIGRATIONS, migrate, unmigrate
from models.case.envelope import SELF_DECLARED
from models.money.fund import Fund, Investor, Sleeve
from models.money.transfer import TransferKind as K
from models.money.treasury import FundAct, FundOrder
from models.tables.money import case_total, group_total, reservation_total, transfer
from models.tables.record import request as asked_for
from services.money.treasury import Treasury
from tests.support.entries import NOW
from tests.support.furnished import register as people
from tests.support.furnished import somebody
from tests.support.ledger import carry, furnish, moving, write

FIRST, SECOND = "treasury.one", "treasury.two"
TOTALS = (reservation_total, case_total, group_total)


def before() -> str:
    """The revision that the migration starts from."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    found = ScriptDirectory.from_config(config).get_revision("0007")
    assert found and isinstance(found.down_revision, str)
    return found.down_revision


def call(actor: str, minor: int) -> FundOrder:
    fields: dict[str, Any] = {"level": "raised", "of": "state", "amount": minor, "reason": "A test."}
    return FundOrder(act=FundAct.CALL, actor=actor, **fields)


@pytest.fixture
def ledger(database: Engine) -> Engine:
    """Cases with money, one that gave it back, a claim; an investor who was called; what one person wants."""
    furnish(database)
    carry(database, range(12))
    people(database, *(somebody(who, "treasury") for who in (FIRST, SECOND)))
    investors = (Investor(id="state", name="State", pledge=400),)
    part = Sleeve(id="half", name="Half", cap=200)
    terms = Fund(id="raised", name="R", currency="USD", cap=400, sleeves=(part,), investors=investors)
    with database.begin() as connection:
        register(connection, terms, NOW)
        write(connection, "all", moving(K.CLAIM, "claim", "L-0:r", 10))
    for actor in (FIRST, SECOND):
        Treasury(database, SELF_DECLARED).order(call(actor, 100))
    Treasury(database, SELF_DECLARED).order(call(FIRST, 50))
    return database


def rows(database: Engine, table: Table) -> list[dict[str, Any]]:
    """What is in a table; totals of nothing are left out, they need not be kept."""
    with database.connect() as connection:
        found = [dict(row) for row in connection.execute(select(table)).mappings()]
    return sorted((row for row in found if row.get("held") != 0), key=repr)


def test_totals_and_requests_are_filled_from_what_was_there(ledger: Engine) -> None:
    stay = (*TOTALS, asked_for, transfer)
    kept = {table.name: rows(ledger, table) for table in stay}
    assert all(kept.values())
    unmigrate(ledger, before())
    assert {table.name for table in TOTALS} & set(inspect(ledger).get_table_names()) == set()
    assert rows(ledger, transfer) == kept["transfer"]
    migrate(ledger)
    assert {table.name: rows(ledger, table) for table in stay} == kept
    with ledger.connect() as connection:
        assert proof.check(connection) == []
        asked = request.find(connection, call(SECOND, 50).asked())
        assert asked and asked.actor == FIRST
        assert request.find(connection, call(SECOND, 100).asked()) is None
    assert Treasury(ledger, SELF_DECLARED).order(call(SECOND, 50)).carried_out
    carry(ledger, range(12, 14))
    with ledger.connect() as connection:
        assert proof.check(connection) == []


def test_the_indexes_of_pages_are_made_over_a_ledger_with_data_in_it(ledger: Engine) -> None:
    def indexes() -> dict[str, list[str | None]]:
        tables = ("transfer", "record")
        return {
            one["name"] or "": one["column_names"] for of in tables for one in inspect(ledger).get_indexes(of)
        }

    with ledger.connect() as connection:
        shown = listing(connection, "all")
    made = indexes()
    assert len(shown) > 12
    assert made["ix_transfer_fund"] == ["fund", "record", "key"]
    unmigrate(ledger, "0008")
    assert indexes()["ix_transfer_fund"] == ["fund"]
    later = {"ix_record_nonce", "ix_record_self_declared"}
    assert {"ix_record_deed", "ix_record_deed_for"} == made.keys() - indexes().keys() - later
    with ledger.connect() as connection:
        assert listing(connection, "all") == shown
    migrate(ledger)
    assert indexes() == made
    with ledger.connect() as connection:
        assert listing(connection, "all") == shown
