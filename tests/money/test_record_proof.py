"""The proof by the record: lives of cases leave nothing to find; what is changed at random is found."""

import os
import shutil
import sqlite3
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from activities.case.comparison import ELSEWHERE, NOT_ON_RECORD
from activities.money.record_proof import check_record
from adapters.bank_statement import read_file
from adapters.database import connect
from models.amount import Amount
from models.case.envelope import SELF_DECLARED
from models.money.statement import StatementLine
from models.tables.whole import TABLES
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.workers.schedules import WEEKLY
from services.payment.comparing import LineResult
from services.payment.reconciliation import Reconciler
from services.payment.statements import Statements
from tests.support import scenarios
from tests.support.cohort_lives import trained
from tests.support.house import House
from tests.support.installation import installation
from tests.support.kept import kept
from tests.support.ledger import statements
from tests.support.paying import RECONCILERS, statement
from tests.support.tamperer import Tamperer, Tampering, is_seen, unlocked

LONG = bool(os.environ.get("ACCORD_PROVE"))
TRIES = 250 if LONG else 20
SEED = int(os.environ.get("ACCORD_SEED", "13"))
SEEDS = (SEED, 7, 2026, 4096) if LONG else (SEED,)
PLAIN = ("edit", "delete", "insert", "swap")
AT_LEAST = 0.75
"""Of the plain changes, so many are found in any tables: the rest is of the rows that no entry makes."""
LIVES = ("waitlisted", "offered", "replaced", *(("returned", "decided-again") if LONG else ()))
TRUST = Path(__file__).resolve().parents[2] / "docs" / "trust.md"


@pytest.fixture(scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an installation in which some cases and a cohort have lived."""
    home = tmp_path_factory.mktemp("lived")
    async with installation(home) as house:
        for name in LIVES:
            await (await scenarios.CLOSED[name][0](house)).ended()
        await scenarios.OPEN["open-at-funding"](house)
        await trained(house)
        await reconciled(house)
        copy = home / "copy.db"
        raw = sqlite3.connect(str(house.database.url.database))
        raw.execute("VACUUM INTO ?", (str(copy),))
        raw.close()
    return copy


async def reconciled(house: House) -> None:
    """The bank's statement is handed in; one payment came back, by the bank's own word."""
    case = await scenarios.happy(house)
    for part in ("inception", "interim"):
        await case.paid(part)
    sent = house.bank.by_key(f"{case.id}:study.inception:1")
    assert sent
    sent.returned = True
    content = house.bank.statement(datetime.now(UTC).date()).encode()
    reconciler = Reconciler(house.database, house.cases, RECONCILERS[0], SELF_DECLARED)
    done = await reconciler.reconcile("k-city", lambda: read_file("statement.xml", content))
    assert {one.result for one in done.lines} >= {LineResult.MATCHED, LineResult.RETURNED}


def told(path: Path) -> list[str]:
    """What the proof says of a database."""
    engine = connect(f"sqlite:///{path}")
    with engine.connect().execution_options(readonly=True) as connection:
        found = [one.detail for one in check_record(connection)]
    engine.dispose()
    return found


@pytest.mark.engine
@pytest.mark.timeout(600)
def test_lives_of_cases_leave_nothing_to_find(lived: Path) -> None:
    assert told(lived) == []


@pytest.mark.engine
@pytest.mark.timeout(7200 if LONG else 600)
def test_what_is_changed_at_random_is_found_but_for_what_takes_a_signature(
    lived: Path, tmp_path: Path
) -> None:
    base, tried, seen, missed = unlocked(lived, tmp_path / "base.db"), Counter[str](), Counter[str](), []
    for seed in SEEDS:
        random = Random(seed)
        for _ in range(TRIES):
            done, found = tampered(base, tmp_path / "tried.db", random)
            tried[done.how] += 1
            seen[done.how] += found
            if is_seen(done) and not found:
                missed.append((seed, done))
    print({how: f"{seen[how]} of {tried[how]}" for how in sorted(tried)})
    assert missed == []
    plain, all_plain = (sum(counted[how] for how in PLAIN) for counted in (seen, tried))
    assert plain >= AT_LEAST * all_plain, f"{plain} of {all_plain}"


def tampered(base: Path, path: Path, random: Random) -> tuple[Tampering, bool]:
    """A change of a copy of a database, and whether the proof finds it."""
    shutil.copyfile(base, path)
    done = Tamperer(path, random).change()
    found = bool(told(path))
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()
    return done, found


def test_what_is_not_found_is_listed() -> None:
    """A table that no entry makes is one of which changes are told in docs/trust.md."""
    listed = TRUST.read_text(encoding="utf-8")
    assert all(f"`{name}`" in listed for name in NOT_ON_RECORD)
    assert all(f"`{table}.{name}`" in listed for table, names in ELSEWHERE.items() for name in names)


def test_what_it_costs_grows_with_what_is_on_record_and_no_faster(database: Engine) -> None:
    """It reads what is stored in one statement for each table, however many rows there are."""
    kept(database)
    with statements(database) as sent, database.connect() as connection:
        assert list(check_record(connection)) == []
    assert len(sent) <= len(TABLES) + 11


def test_a_statement_that_was_handed_in_leaves_nothing_to_find(database: Engine, tmp_path: Path) -> None:
    """Its lines are known by the digest of the file, not by the fund that has it."""
    set_up(database, Settings(home=tmp_path))
    fields = {"id": "L-1", "end_to_end_id": "T-1:study.inception:1", "back": False}
    lines = [
        StatementLine(**fields, amount=Amount(minor=minor, currency="KRW"), booked=date(2026, 11, 20))
        for minor in (300_000, 400_000)
    ]
    Statements(database, RECONCILERS[0], SELF_DECLARED).keep("k-city", lambda: statement(*lines))
    with database.connect() as connection:
        assert [str(found) for found in check_record(connection)] == []


async def test_it_is_made_every_week(house: House) -> None:
    described = await house.client.get_schedule_handle(WEEKLY).describe()
    when = described.schedule.spec.calendars[0]
    assert (when.day_of_week[0].start, when.hour[0].start) == (6, 19)
