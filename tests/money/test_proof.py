"""The proof of the books: whatever somebody changes in the database behind our back is found, by name."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine, event
from temporalio.client import ScheduleActionExecutionStartWorkflow, ScheduleActionResult

from activities.case.audit import Question, history
from activities.money import level, proof
from activities.money.nightly_proof import Proofs
from models.money.book import Claim
from models.money.rule import MoneyRule
from models.money.transfer import TransferKind as K
from runtime.workers.schedules import SCHEDULE
from tests.support.furnished import snapshot
from tests.support.house import House
from tests.support.moves import move
from tests.support.patience import eventually_async
from tests.support.tampering import CHANGES, forged, posted, unlocked


@pytest.fixture
def books(database: Engine) -> Engine:
    """Books that can be changed behind our back."""
    return unlocked(database)


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
    assert named or claim in (Claim.WITHIN_CAP, Claim.REPLAYS, Claim.ONE_CURRENCY) or "nothing" in name
    told = Proofs(books).prove_all()
    assert told.frozen == ("f",)
    with books.connect() as connection:
        assert str(level.frozen(connection, "studies")).startswith("the books do not agree (record ")
    more = move(books, K.PENDING, "more", 1, "more")
    assert more == (MoneyRule.WRONG_CURRENCY if name == "another currency" else MoneyRule.FUND_FROZEN)


def test_wrong_books_are_on_record_though_the_fund_is_frozen_already_and_only_once(books: Engine) -> None:
    with books.begin() as connection:
        level.freeze(connection, "f", "the bank is asked")
        forged()(connection)
    for _ in range(2):
        assert Proofs(books).prove_all().frozen == ("f",)
    with books.connect() as connection:
        told = [row["action"] for row in history(connection, Question(case="f"))]
    assert told.count("books do not agree") == 1


def test_a_transfer_whose_level_is_gone_stops_no_proof_and_is_on_record_once(books: Engine) -> None:
    if books.dialect.name == "sqlite":
        event.listen(books, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
        books.dispose()
    with books.begin() as connection:
        posted("fund = 'gone'")(connection)
    for _ in range(2):
        assert Proofs(books).prove_all().frozen == ("f", "gone")
    with books.connect() as connection:
        assert level.frozen(connection, "gone") == "it is not on the books"
        told = [row["action"] for row in history(connection, Question(case="gone"))]
    assert told == ["books do not agree"]


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
