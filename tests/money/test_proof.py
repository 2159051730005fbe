"""The proof of the books: whatever somebody changes in the database behind our back is found, by name."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from temporalio.client import ScheduleActionExecutionStartWorkflow, ScheduleActionResult

from activities.case.audit import Question, history
from activities.money import level, proof
from activities.money.proof import Proofs
from models.case.rule import Rule
from models.money.book import Claim
from models.money.transfer import TransferKind as K
from runtime.schedules import SCHEDULE
from tests.money.test_fund import move
from tests.operations.test_database import furnish, snapshot
from tests.support.entries import transfers_in
from tests.support.house import House
from tests.support.patience import eventually_async

Change = Callable[[Connection], Any]


def run(statement: str) -> Change:
    """Change the books by a statement."""
    return lambda connection: connection.execute(text(statement))


def forged(**changes: object) -> Change:
    """Put a transfer into the journal that nobody decided, like that of ``p`` but for ``changes``."""

    def insert(connection: Connection) -> None:
        row = dict(connection.execute(text("SELECT * FROM transfer WHERE key = 'p'")).mappings().one())
        row |= {"key": "forged", "resolves": None} | changes
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO transfer ({names}) VALUES ({marks})"), row)

    return insert


def said_otherwise(connection: Connection) -> None:
    """Change what the entry behind ``p`` asked for."""
    (payload,) = connection.scalars(text("SELECT payload FROM record WHERE key = 'entry p'"))
    content = json.loads(payload)
    transfers_in(content)[0]["amount"]["minor"] = 299
    change = text("UPDATE record SET payload = :new WHERE key = 'entry p'")
    connection.execute(change, {"new": json.dumps(content)})


def posted(change: str) -> Change:
    """Change a transfer in the journal."""
    return run(f"UPDATE transfer SET {change} WHERE key = 'p'")


def stored(change: str, level_: str = "studies") -> Change:
    """Change a level."""
    return run(f"UPDATE fund SET {change} WHERE id = '{level_}'")


CHANGES: dict[str, tuple[Claim, Change]] = {
    "a balance": (
        Claim.REPLAYS,
        stored("available = 650, committed = 350"),
    ),
    "a balance above": (
        Claim.REPLAYS,
        stored("available = 9600, committed = 400", "f"),
    ),
    "a larger cap": (Claim.WITHIN_CAP, stored("cap = 99000")),
    "a larger cap inside that of the fund": (Claim.WITHIN_CAP, stored("cap = 1001")),
    "half of a reallocation": (
        Claim.MOVED,
        forged(kind="move_in", debit="paid_in", credit="available"),
    ),
    "another currency": (Claim.ONE_CURRENCY, stored("currency = 'USD'")),
    "an amount": (Claim.REPLAYS, posted("amount = 299")),
    "a transfer gone": (Claim.REPLAYS, run("DELETE FROM transfer WHERE key = 'p'")),
    "legs": (Claim.ADDS_UP, posted("credit = 'disbursed'")),
    "another kind": (
        Claim.DECIDED,
        posted("kind = 'void', credit = 'available'"),
    ),
    "another entry": (Claim.DECIDED, posted("record = 1")),
    "another case": (Claim.DECIDED, posted("\"case\" = 'T-2'")),
    "its currency": (Claim.ONE_CURRENCY, posted("currency = 'USD'")),
    "what it resolves": (
        Claim.RESOLVED_ONCE,
        posted("resolves = 'nothing'"),
    ),
    "one that nobody decided": (Claim.DECIDED, forged()),
    "one that pays what was not ordered": (
        Claim.WHOLE,
        forged(kind="pay", debit="ordered", credit="disbursed"),
    ),
    "the entry": (Claim.DECIDED, said_otherwise),
    "the refusal of the entry": (
        Claim.DECIDED,
        run("UPDATE record SET rule = 'clock' WHERE key = 'entry p'"),
    ),
}


@pytest.fixture
def books(database: Engine) -> Engine:
    """Money reserved, and 300 of it committed; with the locks of the tables taken off, as their owner can."""
    furnish(database)
    assert [move(database, K.PENDING, "r", 400), move(database, K.POST, "p", 300)] == [None, None]
    with database.begin() as connection:
        if database.dialect.name == "postgresql":
            for table in ("record", "transfer", "fund"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            for name in connection.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
    return database


def test_books_that_nobody_touched_are_right(books: Engine) -> None:
    before = snapshot(books, "proof_checkpoint")
    with books.connect() as connection:
        assert proof.check(connection) == []
    assert Proofs(books).prove_all().frozen == ()
    assert snapshot(books, "proof_checkpoint") == before


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_is_found_and_stops_the_fund(books: Engine, name: str) -> None:
    claim, change = CHANGES[name]
    with books.begin() as connection:
        change(connection)
    with books.connect() as connection:
        found = proof.check(connection)
    assert claim in {one.claim for one in found}
    assert {one.fund for one in found} == {"f"}
    named = {number for one in found for number in one.records}
    assert named or claim in (Claim.WITHIN_CAP, Claim.REPLAYS, Claim.ONE_CURRENCY)
    told = Proofs(books).prove_all()
    assert told.frozen == ("f",)
    with books.connect() as connection:
        assert str(level.frozen(connection, "studies")).startswith("the books do not agree (record ")
    more = move(books, K.PENDING, "more", 1, "more")
    assert more is (Rule.WRONG_CURRENCY if name == "another currency" else Rule.FUND_FROZEN)


def test_wrong_books_are_on_record_though_the_fund_is_frozen_already_and_only_once(books: Engine) -> None:
    with books.begin() as connection:
        level.freeze(connection, "f", "the bank is asked")
        forged()(connection)
    for _ in range(2):
        assert Proofs(books).prove_all().frozen == ("f",)
    with books.connect() as connection:
        told = [row["action"] for row in history(connection, Question(case="f"))]
    assert told.count("books do not agree") == 1


async def test_the_books_are_proved_every_night(house: House) -> None:
    handle = house.client.get_schedule_handle(SCHEDULE)
    described = await handle.describe()
    assert described.schedule.spec.calendars[0].hour[0].start == 18
    await handle.trigger()

    async def recent() -> Sequence[ScheduleActionResult]:
        return (await handle.describe()).info.recent_actions

    started = (await eventually_async(recent, "the schedule has acted"))[-1].action
    assert isinstance(started, ScheduleActionExecutionStartWorkflow)
    result = await house.client.get_workflow_handle(started.workflow_id).result()
    assert result["funds"] >= 1
