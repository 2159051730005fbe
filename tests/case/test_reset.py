"""A reset rewinds the engine, never the record: what is on record stands, and money moves once."""

import asyncio
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from models.case.rule import CaseRule
from runtime.server import binary
from tests.support.house import Case, House
from tests.support.patience import eventually_async


async def reset(
    house: House, case: Case, event_id: int, *options: str, workflow_id: str | None = None
) -> None:
    """`temporal workflow reset`, as an operator would."""
    process = await asyncio.create_subprocess_exec(
        *(binary(), "workflow", "reset", "--address", house.client.service_client.config.target_host),
        *(
            "--workflow-id",
            workflow_id or f"partnership/{case.id}",
            "--event-id",
            str(event_id),
            "--reason",
            "test",
            *options,
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


async def first_task_after_the_opening(handle: WorkflowHandle[Any, Any]) -> int:
    """The workflow task that saw the first gate open: before any message to it."""
    events = (await handle.fetch_history()).events
    opened = next(e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
    return next(
        e.event_id
        for e in events
        if e.event_id > opened and e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    )


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
