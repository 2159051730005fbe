"""Hundreds of workflows race for the last money: it goes to as many as it is enough for, the others wait.

`make prove` lets 500 of them race on each database; the suite fewer.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from temporalio.api.enums.v1 import EventType

from activities.money import level, proof, waitlist
from models.amount import Amount
from models.money.fund import Fund, Sleeve
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.temporal.embedded import Embedded
from runtime.workers.worker import working
from tests.support.house import Case, House, Patient, proposal
from tests.support.patience import eventually

CASES = 500 if "ACCORD_PROVE" in os.environ else 24
EACH = 1_000


@pytest.fixture
async def racing(database: Engine, tmp_path: Path) -> AsyncIterator[House]:
    """An installation of its own on either database, with a worker."""
    settings = Settings(home=tmp_path)
    set_up(database, settings)
    embedded = Embedded(tmp_path)
    client = await embedded.start()
    house = House(client, database, settings)
    house.cases = Patient(client, database, settings)
    try:
        async with working(client, database, settings, grace=timedelta(seconds=1)):
            yield house
    finally:
        embedded.stop()


def programmes(house: House, fits: int) -> None:
    """Two sleeves that could each take everybody, of a fund that has money for ``fits`` cases."""
    sleeves = [Sleeve(id=name, name=name, cap=CASES * EACH) for name in ("left", "right")]
    base = house.partnerships.programme("k-city-2020")
    one = {"panel": {"seats": ["expert"], "quorum": 1}}
    review = type(base.review).model_validate(base.review.model_dump() | one)
    lent: dict[str, Any] = {"cap": 2 * CASES * EACH, "sleeves": tuple(sleeves)}
    investors = [{"id": "a", "name": "A", "pledge": fits * EACH}]
    money = Fund.model_validate(
        {"id": "race", "name": "Race", "currency": "KRW", "investors": investors} | lent
    )
    for name in ("left", "right"):
        house.programme(f"race-{name}", fund=money, sleeve=name, review=review)


async def approved(house: House, case: Case, slots: asyncio.Semaphore) -> None:
    """The vote that sends a case into the race."""
    async with slots:
        await case.vote(await case.gate("review"), "expert.lim")


async def settled(house: House, cases: list[Case]) -> tuple[list[Case], list[Case]]:
    """Wait until every case has the money or waits for it."""

    def over() -> dict[str, str] | None:
        rows = {case.id: case.row() for case in cases}
        states = {of: f"{row['stage']}/{row['status']}" for of, row in rows.items()}
        return states if set(states.values()) <= {"funding/open", "funding/waitlisted"} else None

    states = await eventually(over, "the race is over")
    return (
        [case for case in cases if states[case.id] == "funding/open"],
        [case for case in cases if states[case.id] == "funding/waitlisted"],
    )


async def retries(house: House, case: Case) -> int:
    """How often an activity of the case had to be tried again, other than for a machine that was too slow."""
    events = (await case.handle.fetch_history()).events
    started = [
        e.activity_task_started_event_attributes
        for e in events
        if e.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    ]
    return sum(s.attempt - 1 for s in started if not s.last_failure.HasField("timeout_failure_info"))


def asked_at(case: Case) -> int:
    """The number under which its wish for money is on record."""
    return next(int(row["seq"]) for row in case.history() if row["action"] == "funding opened")


@pytest.mark.timeout(1800 if "ACCORD_PROVE" in os.environ else 120)
async def test_exactly_as_many_get_the_last_money_as_it_is_enough_for(
    racing: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house, fits = racing, CASES // 3
    programmes(house, fits)
    house.raise_money("race", "a", fits * EACH)
    slots, amount = asyncio.Semaphore(100), Amount(minor=EACH, currency="KRW")
    cases = [
        Case(house, proposal(programme=f"race-{'left' if n % 2 else 'right'}", requested=amount))
        for n in range(CASES)
    ]
    for first in range(0, CASES, 50):
        await asyncio.gather(
            *(house.partnerships.propose(case.proposal) for case in cases[first : first + 50])
        )
    await asyncio.gather(*(approved(house, case, slots) for case in cases))
    got, wait = await settled(house, cases)

    assert (len(got), len(wait)) == (fits, CASES - fits)
    assert max(map(asked_at, got)) < min(map(asked_at, wait))
    listed = [row["case"] for row in house.read(waitlist.listing)]
    assert listed == [case.id for case in sorted(wait, key=asked_at)]
    fund = next(row for row in house.read(level.balances) if row["id"] == "race")
    assert (fund["available"], fund["reserved"]) == (0, fits * EACH)
    assert house.read(lambda c: proof.check(c, "race")) == []
    tried_again = sum([await retries(house, case) for case in cases])
    assert tried_again <= CASES // 20, f"{tried_again} retries"

    await got[0].withdraw()
    first_in_line = next(case for case in wait if case.id == listed[0])
    assert (await first_in_line.answer_offer()).accepted
    assert first_in_line.money() == {"reserved": EACH}
    if "ACCORD_PROVE" in os.environ:
        with capsys.disabled():
            print(f"\n{CASES} workflows on {house.database.dialect.name}: {fits} fit, {tried_again} retries")
