"""Whoever has a database after another test finds nothing of that test in it."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, inspect, text

from adapters.database import connect, unmigrate
from tests.support.copies import Copies
from tests.support.entries import entry, write
from tests.support.furnished import EFFECTS, furnish, snapshot


def used(copies: Copies, use: Callable[[Engine], object]) -> object:
    """What came of a use of the next copy."""
    with copies.one() as url:
        engine = connect(url.render_as_string(hide_password=False))
        try:
            return use(engine)
        finally:
            engine.dispose()


def fill(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", **EFFECTS))


def test_rows_of_one_test_are_not_there_for_the_next(copies: Copies) -> None:
    empty = used(copies, snapshot)
    used(copies, fill)
    assert used(copies, snapshot) == empty


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE record DISABLE TRIGGER record_append_only",
        "ALTER TABLE record ADD COLUMN another integer",
        "DROP INDEX ix_record_nonce",
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE TABLE another (id integer)",
        "CREATE SCHEMA another",
        "ALTER TABLE fund DROP CONSTRAINT ck_fund_capped",
    ],
)
def test_nor_is_a_change_of_the_schema(copies: Copies, change: str) -> None:
    def altered(database: Engine) -> None:
        with database.begin() as connection:
            connection.execute(text(change))

    before = used(copies, schema)
    used(copies, altered)
    assert used(copies, schema) == before


def test_nor_is_it_at_an_earlier_revision(copies: Copies) -> None:
    before = used(copies, schema)
    used(copies, lambda database: unmigrate(database, "0008"))
    assert used(copies, schema) == before


def schema(database: Engine) -> dict[str, object]:
    """What there is in it, as somebody who looks from outside sees it."""
    with database.connect() as connection:
        told = inspect(connection)
        tables = told.get_table_names()
        return {
            "schemas": told.get_schema_names(),
            "columns": {table: [column["name"] for column in told.get_columns(table)] for table in tables},
            "indexes": {table: sorted(str(i["name"]) for i in told.get_indexes(table)) for table in tables},
            "checks": {
                table: sorted(str(c["name"]) for c in told.get_check_constraints(table)) for table in tables
            },
            "triggers": connection.execute(
                text("SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1")
            ).all(),
            "functions": connection.execute(
                text("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
            ).all(),
        }
