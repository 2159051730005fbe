"""PostgreSQL lets the working role do its work, and nothing that would change what was said."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from activities.money.proof import check
from adapters.database import connect, migrate
from adapters.postgres_dump import dump
from adapters.roles import grant
from models.payment.payment import PaymentState
from models.tables import metadata
from runtime.settings import ROOT
from tests.support import cohort_lives, paying, scenarios
from tests.support.house import House
from tests.support.installation import installation
from tests.support.roles import Parted, parted


@pytest.fixture(scope="module")
def apart(postgres_url: str) -> Iterator[Parted]:
    """A database that is owned by one role and worked with by another."""
    with parted(postgres_url) as there:
        yield there


@pytest.fixture(scope="module")
async def on_postgresql(tmp_path_factory: pytest.TempPathFactory, apart: Parted) -> AsyncIterator[House]:
    """A whole installation, of which no part is the owner of the tables."""
    async with installation(tmp_path_factory.mktemp("apart"), database_url=apart.works) as house:
        yield house


@pytest.mark.parametrize(
    "life",
    [
        scenarios.happy,
        scenarios.rejected,
        scenarios.waitlisted,
        scenarios.clock_changed,
        scenarios.calendar_changed,
        scenarios.decided_again,
        scenarios.deputised,
        paying.returned_by_the_bank,
        cohort_lives.trained,
        cohort_lives.replanned,
    ],
    ids=lambda life: life.__name__,
)
async def test_it_carries_cases_through_their_lives(on_postgresql: House, life: object) -> None:
    await life(on_postgresql)  # type: ignore[operator]
    assert on_postgresql.read(check) == []


REFUSED = r"permission denied|must be owner"
FORBIDDEN = [
    "UPDATE record SET payload = '{}'",
    "DELETE FROM record",
    "TRUNCATE record CASCADE",
    "UPDATE transfer SET amount = 1",
    "DELETE FROM transfer",
    "DELETE FROM payment",
    "DELETE FROM seat",
    "DELETE FROM person",
    "UPDATE programme SET id = 'x'",
    "UPDATE alembic_version SET version_num = '0001'",
    "DROP TRIGGER record_append_only ON record",
    "ALTER TABLE record DISABLE TRIGGER record_append_only",
    "ALTER TABLE record ADD COLUMN x int",
    "DROP TABLE waitlist",
    "SET session_replication_role = replica",
    "CREATE TABLE mine (x int)",
    "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_it_alters_nothing_that_was_said(apart: Parted, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=REFUSED):
        _run(apart.works, statement)


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM record", *FORBIDDEN, "INSERT INTO counter VALUES ('x', 0)"]
)
def test_who_reads_only_reads(apart: Parted, statement: str) -> None:
    if statement.startswith("SELECT"):
        _run(apart.reads, statement)
        return
    with pytest.raises(ProgrammingError, match=REFUSED):
        _run(apart.reads, statement)


def _run(url: str, statement: str) -> None:
    database = connect(url)
    try:
        with database.begin() as connection:
            connection.execute(text(statement))
    finally:
        database.dispose()


def test_who_reads_can_back_it_up(apart: Parted, tmp_path: Path) -> None:
    database = connect(apart.reads)
    with database.begin() as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        snapshot = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        dump(apart.reads, tmp_path / "dump", snapshot)
    database.dispose()
    assert (tmp_path / "dump").stat().st_size > 0


def test_a_right_that_somebody_gave_by_hand_is_taken_back(apart: Parted) -> None:
    _run(apart.owner, f"GRANT ALL ON record TO {apart.role}")
    owner = connect(apart.owner)
    grant(owner, apart.role, apart.reader)
    owner.dispose()
    test_it_alters_nothing_that_was_said(apart, FORBIDDEN[1])


def test_setting_up_again_as_the_working_role_changes_nothing(apart: Parted) -> None:
    works = connect(apart.works)
    migrate(works)
    grant(works, apart.role, None)
    works.dispose()


CHANGES = re.compile(r"\b(update|delete)\((\w+)\)(?!:)")
SCRATCH = {"rebuild.py", "scratch.py"}
"""They write to a database that the owner of a process has for itself."""
LATER = {"total", "table"}
"""Names that stand for several tables."""


@pytest.mark.database
def test_all_that_the_code_changes_may_be_changed_and_no_more(apart: Parted) -> None:
    code = [path for room in ("activities", "services") for path in (ROOT / room).glob("**/*.py")]
    found = {
        match.groups()
        for path in code
        if path.name not in SCRATCH
        for match in CHANGES.finditer(path.read_text())
    }
    asked = {(verb.upper(), table) for verb, table in found if table in metadata.tables}
    assert {table for _, table in found} - metadata.tables.keys() <= LATER
    many = {("UPDATE", name) for name in ("reservation_total", "group_total", "case_total", "person")}
    question = """SELECT privilege_type, table_name FROM information_schema.role_table_grants
        WHERE grantee = :role AND privilege_type NOT IN ('SELECT', 'INSERT')"""
    owner = connect(apart.owner)
    with owner.connect() as connection:
        given = {(verb, table) for verb, table in connection.execute(text(question), {"role": apart.role})}
    owner.dispose()
    assert given == asked | many


async def test_a_payment_is_paid_and_proved(on_postgresql: House) -> None:
    await paying.reconciled(on_postgresql)
    states = on_postgresql.read(lambda c: c.scalars(text("SELECT DISTINCT state FROM payment")).all())
    assert PaymentState.RECONCILED in states
    assert on_postgresql.read(check) == []
