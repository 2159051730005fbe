"""A reset rewinds the engine, never the record: what is on record stands, and money moves once."""

from typing import Any

from models.case.rule import CaseRule
from tests.support.house import Case, House
from tests.support.patience import eventually_async
from tests.support.rewinding import first_task_after_the_opening, reset


async def resting_at(case: Case, name: str) -> None:
    """Wait until the engine, and not only the record, has this gate open."""

    async def there() -> bool:
        return f"{case.id}:{name}:1" in (await case.handle.query("status"))["gates"]

    await eventually_async(there, f"the engine is at {name}")


async def at_funding(house: House) -> tuple[Case, dict[str, Any]]:
    """A case whose study money is reserved, and its review gate."""
    case = await house.propose()
    review = await case.gate("review")
    await resting_at(case, "review")  # a vote can be quicker than the workflow's own receipt of the opening
    await case.approve("review")
    await case.gate("funding")
    return case, review


async def test_a_reset_to_before_the_reservation_does_not_reserve_twice(house: House) -> None:
    case, _ = await at_funding(house)
    before = case.history()
    await reset(house, case, await first_task_after_the_opening(case.handle))
    await resting_at(case, "funding")
    await case.approve("funding")
    assert case.money() == {"committed": 1_000_001}
    assert case.history()[: len(before)] == before
    assert case.actions().count("funding opened") == 1
    await case.reach_from("study.tender")
    assert await case.ended() == "launched"
    assert case.money() == {"ordered": 1_000_001}


async def test_votes_that_a_reset_forgot_may_be_given_again(house: House) -> None:
    case, review = await at_funding(house)
    await reset(house, case, await first_task_after_the_opening(case.handle), "--reapply-exclude", "All")
    for actor in ("expert.lim", "sec.han"):
        assert (await case.vote(review, actor)).accepted
    await resting_at(case, "funding")
    await case.approve("funding")
    assert case.money() == {"committed": 1_000_001}
    assert case.actions().count("vote approve") == 4
    await case.withdraw()


async def test_what_the_record_has_decided_is_taken_from_the_record(house: House) -> None:
    case, review = await at_funding(house)
    await reset(house, case, await first_task_after_the_opening(case.handle), "--reapply-exclude", "All")
    await resting_at(case, "funding")
    answer = await case.vote(review, "expert.lim", "reject", "On second thoughts, no.")
    assert answer.rule == CaseRule.STAGE_OVER
    assert "diverged" not in case.actions()
    assert case.actions().count("vote approve") == 2
    assert case.money() == {"reserved": 1_000_001}
    await case.withdraw()
