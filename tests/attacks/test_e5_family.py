"""E5: a parent is reset with its child open, a child is terminated by an operator, a procedure fails.

Everything is unwound, and no child is left an orphan.
"""

import asyncio

from temporalio.api.enums.v1 import EventType

from activities.case.inbox import waiting
from models.partnership.partnership import PartnershipStart
from tests.support import paying, signed
from tests.support.house import Case, House
from tests.support.patience import eventually_async, patience
from tests.support.rewinding import begun_again, reset_to_the_beginning


async def test_a_parent_that_was_reset_takes_over_its_running_child(impatient: House) -> None:
    case = await impatient.propose()
    await case.reach("study.award")
    run = (await case.study.describe()).run_id
    await reset_to_the_beginning(case, case.handle)
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    assert (await asyncio.wait_for(case.study.result(), patience()))["status"] == "cancelled"
    assert (await case.study.describe()).run_id == run, "it was not started anew"
    nothing_is_left(case)


async def test_a_child_that_an_operator_terminates_ends_its_case(house: House) -> None:
    case = await house.propose()
    await case.reach("study.award")
    await case.study.terminate("test")
    assert await case.ended() == "cancelled"
    assert case.money() == {}, "what the study itself had open is found by those who reconcile"


async def test_a_run_that_has_not_started_a_child_itself_asks_for_it_now_and_then(impatient: House) -> None:
    case = await impatient.propose()
    await case.reach("study.award")
    await begun_again(case, case.handle)

    async def waits() -> bool:
        events = (await case.handle.fetch_history()).events
        return any(event.event_type == EventType.EVENT_TYPE_TIMER_STARTED for event in events)

    await eventually_async(waits, "the new run waits for the study")
    await case.study.terminate("test")
    await impatient.skip(case.handle, days=2)
    assert await case.ended() == "cancelled"
    assert case.money() == {}


async def test_a_case_that_fails_gives_everything_back(house: House) -> None:
    """Nobody has registered its programme: that is a failure that no procedure expects."""
    case, start = paying.booked(house)
    unknown = start.case.model_copy(update={"rules": "0" * 64})
    handle = paying.payment(case)
    other = start.model_copy(update={"case": unknown})
    await signed.start(house.client, house.settings, "payment", other, handle.id)
    await asyncio.wait_for(handle.result(), patience())
    rows = [row for row in case.history() if row["workflow_id"] == handle.id]
    assert rows[-1]["action"] == "closed: failed"
    pinned = paying.pinned(case).model_copy(update={"rules": "0" * 64})
    proposed = PartnershipStart(case=pinned, proposal=case.proposal)
    handle = case.handle
    await signed.start(house.client, house.settings, "partnership", proposed, handle.id)
    assert await case.ended() == "failed"


def nothing_is_left(case: Case) -> None:
    """No money is held, and nobody is asked for anything."""
    assert case.money() == {}
    assert not [gate for gate in case.house.read(waiting) if gate["case"] == case.id]
