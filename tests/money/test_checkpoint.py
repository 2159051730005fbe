"""The proof goes on from its checkpoint: in chunks, beside people at work, and from the first once a week."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text, update
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.case import audit
from activities.case.audit import Question, history
from activities.money import checkpoint, proof
from activities.money.nightly_proof import Proofs
from models.money.book import Claim
from models.money.rule import MoneyRule
from models.money.transfer import TransferKind as K
from models.tables.money import proof_checkpoint, transfer
from tests.support.entries import NOW
from tests.support.ledger import carry, furnish, moving, write
from tests.support.tampering import CHANGES, unlocked

SIZE = 7
"""Transfers at a time."""


@pytest.fixture
def books(database: Engine) -> Engine:
    """Books that can be changed behind our back."""
    return unlocked(database)


def stands(database: Engine) -> int:
    """The record up to which all is proved."""
    with database.connect() as connection:
        return checkpoint.reached(connection)


def newest(database: Engine) -> int:
    with database.connect() as connection:
        return audit.newest(connection)


@contextmanager
def reading(database: Engine, meanwhile: Callable[[int], None]) -> Iterator[None]:
    """Call ``meanwhile`` each time that the proof is about to read a part of the journal, with its number."""
    seen = [0]

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "AS counted" in statement and "record.seq = transfer.record LEFT OUTER JOIN" in statement:
            seen[0] += 1
            meanwhile(seen[0])

    event.listen(database, "before_cursor_execute", listen)
    try:
        yield
    finally:
        event.remove(database, "before_cursor_execute", listen)
    assert seen[0]


def chunks(database: Engine) -> int:
    """How many parts of the journal a proof reads."""
    numbers: list[int] = []
    with reading(database, numbers.append):
        assert Proofs(database, SIZE).prove_all().frozen == ()
    return numbers[-1]


def test_it_goes_on_where_it_was(database: Engine) -> None:
    furnish(database)
    carry(database, range(10))
    assert chunks(database) > 5
    assert stands(database) == newest(database)
    assert chunks(database) == 1
    carry(database, range(10, 12))
    assert chunks(database) == 3, "14 transfers, and nothing after them"
    assert stands(database) == newest(database)


def test_people_work_while_it_reads_and_nothing_is_taken_for_wrong(database: Engine) -> None:
    """Somebody reserves money, in a transaction of their own, before each part is read."""
    furnish(database)
    carry(database, range(5))
    served = []

    def reserve(number: int) -> None:
        if number < 10:
            carry(database, range(100 + number, 101 + number))
            served.append(number)

    with reading(database, reserve):
        assert Proofs(database, SIZE).prove_all().frozen == ()
    assert served == list(range(1, 10))
    with database.connect() as connection:
        assert proof.check(connection) == []


def test_stopped_in_the_middle_it_goes_on_from_there(database: Engine) -> None:
    furnish(database)
    carry(database, range(10))
    environment = ActivityEnvironment()

    def stop(number: int) -> None:
        if number == 3:
            environment.worker_shutdown()

    with reading(database, stop), pytest.raises(ApplicationError, match="goes on from its checkpoint"):
        environment.run(Proofs(database, SIZE).prove_all)
    with database.connect() as connection:
        before = connection.scalars(select(transfer.c.record).order_by(transfer.c.record)).all()
    assert stands(database) == before[3 * SIZE - 1]
    assert chunks(database) == (len(before) - 3 * SIZE) // SIZE + 1


SEEN_LATER = {
    "a rest of another kind",
    "a running total of nothing",
    "an entry that asks for nothing",
    "an entry that cannot be read",
    "another case",
    "another entry",
    "its currency",
    "legs",
    "the entry",
    "the refusal of the entry",
    "two running totals",
    "what a running total counts",
    "what it resolves",
    "whose a running total is",
}
"""What leaves every sum as it was."""


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_behind_it_is_found_by_sums_the_next_night_or_within_a_week(
    books: Engine, name: str
) -> None:
    assert Proofs(books).prove_all().frozen == ()
    claim, change = CHANGES[name]
    with books.begin() as connection:
        change(connection)
    with books.connect() as connection:
        found = {one.claim for one in proof.check(connection, after=checkpoint.reached(connection))}
    assert found == set() if name in SEEN_LATER else claim in found
    assert Proofs(books).prove_all().frozen == (() if name in SEEN_LATER else ("f",))
    with books.begin() as connection:
        connection.execute(update(proof_checkpoint).values(begun_at=NOW - checkpoint.AFRESH))
    assert Proofs(books).prove_all().frozen == ("f",)


def test_it_does_not_pass_what_is_wrong(database: Engine) -> None:
    furnish(database)
    carry(database, range(4))
    assert Proofs(database, SIZE).prove_all().frozen == ()
    good = stands(database)
    carry(database, range(4, 8))
    with database.begin() as connection:
        connection.execute(text("UPDATE reservation_total SET \"case\" = 'L-0' WHERE \"case\" = 'L-5'"))
    for _ in range(2):
        assert Proofs(database, SIZE).prove_all().frozen == ("all",)
        assert good <= stands(database) < newest(database) - 10
    with database.begin() as connection:
        told = [row["action"] for row in history(connection, Question(case="all"))]
        assert told.count("books do not agree") == 1
        (receipt,) = write(connection, "L-1", moving(K.PENDING, "n", "n", 1))
        assert receipt.rule == MoneyRule.FUND_FROZEN


@pytest.mark.parametrize("claim", [{"record": 10**9}, {"begun_at": datetime(2999, 1, 1, tzinfo=UTC)}])
def test_a_checkpoint_beyond_the_record_or_of_the_future_is_not_believed(books: Engine, claim: Any) -> None:
    """Whoever can write to the table could else keep the proof from ever looking back."""
    assert Proofs(books).prove_all().frozen == ()
    with books.begin() as connection:
        CHANGES["another case"][1](connection)
        connection.execute(update(proof_checkpoint).values(**claim))
    assert Proofs(books).prove_all().frozen == ("f",)


def test_totals_of_cases_and_groups_that_somebody_changed_are_named(database: Engine) -> None:
    furnish(database)
    carry(database, range(6))
    changes = {
        "UPDATE case_total SET held = held + 1 WHERE fund = 'part' AND \"case\" = 'L-2'": "with L-2",
        "DELETE FROM case_total WHERE fund = 'all' AND \"case\" = 'L-3'": "all has 0 with L-3",
        "UPDATE group_total SET held = held - 1 WHERE name = 'country TH'": "'country TH'",
        "DELETE FROM group_total WHERE name = 'without a national firm'": "'without a national firm'",
        "UPDATE case_total SET groups = '[]' WHERE \"case\" = 'L-1'": "'country TH'",
    }
    last = newest(database)
    for change, named in changes.items():
        with database.connect() as connection:
            connection.execute(text(change))
            found = proof.check(connection, after=last)
            assert {one.claim for one in found} == {Claim.TOTALS}, change
            assert {one.fund for one in found} == {"all"}
            assert any(named in one.detail for one in found), found


def test_half_an_hour_is_no_week(database: Engine) -> None:
    furnish(database)
    assert Proofs(database).prove_all().frozen == ()
    with database.begin() as connection:
        begun = connection.scalar(select(proof_checkpoint.c.begun_at))
        assert begun
        assert checkpoint.begin(connection, begun + timedelta(minutes=30)) > 0
        assert checkpoint.begin(connection, begun + checkpoint.AFRESH) == 0
        assert checkpoint.reached(connection) == 0


def test_where_a_proof_goes_on_is_where_it_was_for_a_week(books: Engine) -> None:
    with books.connect() as connection:
        assert checkpoint.standing(connection, NOW) is None
    assert Proofs(books).prove_all().frozen == ()
    with books.connect() as connection:
        begun = connection.scalar(select(proof_checkpoint.c.begun_at))
        assert begun
        stands = checkpoint.standing(connection, begun + timedelta(days=6))
        assert stands == (checkpoint.reached(connection), begun)
        assert checkpoint.standing(connection, begun + checkpoint.AFRESH) is None
    with books.begin() as connection:
        connection.execute(update(proof_checkpoint).values(record=10**9))
    with books.connect() as connection:
        assert checkpoint.standing(connection, begun) is None
