"""Ten countries at once, 200 messages in flight, the worker killed twice: seats and record are right."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from models.base import Message
from models.case.record import Answer
from models.training.enrolment import IN_A_SEAT, Enrolment, EnrolmentState
from models.training.nomination import NomineeWithdrawal, Response, SeatResponse
from runtime.temporal.embedded import Embedded
from tests.support import forks
from tests.support.command import environment
from tests.support.failed_tasks import failed_tasks_of
from tests.support.house import House
from tests.support.patience import eventually
from tests.support.seats import next_up
from tests.support.training import Cohort, official, plan, quotas

COUNTRIES = ("BN", "ID", "KH", "LA", "MM", "MY", "PH", "SG", "TH", "VN")
EACH = 8
"""So many officials of each country are nominated; every tenth message comes twice."""


class Mortal:
    """The worker, which is killed after so many answers; another takes its place."""

    def __init__(self, house: House, after: tuple[int, ...]) -> None:
        self._house, self._after = house, after
        self._process: forks.Fork | None = None
        self.answers: list[Answer] = []
        self.deaths = 0

    async def start(self) -> None:
        """Start one."""
        self._process = forks.start(["worker.py"], environment(self._house.settings.home))

    async def kill(self) -> None:
        """End it as a power failure would."""
        assert self._process
        self._process.kill()
        await self._process.wait()

    async def hear(self, answer: Answer) -> None:
        """Take an answer; now and then, die and be replaced."""
        self.answers.append(answer)
        if len(self.answers) in self._after:
            self.deaths += 1
            await self.kill()
            await self.start()


@asynccontextmanager
async def mortal(house: House, *after: int) -> AsyncIterator[Mortal]:
    """A worker until the block is left."""
    worker = Mortal(house, after)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.kill()


@pytest.mark.timeout(600)
async def test_ten_countries_at_once(own: tuple[House, Embedded]) -> None:
    house, _ = own
    seats = quotas(**dict.fromkeys(COUNTRIES, 2))
    async with mortal(house, 40, 160) as worker:
        cohort = await Cohort.planned(house, plan("RACE", quotas=seats, pool=5, minimum=5))
        await cohort.open()

        async def send(name: str, message: Message) -> None:
            await worker.hear(await cohort.send(name, message))

        await asyncio.gather(*(send(*one) for one in twice_now_and_then(nominations(cohort))))
        left = [nominee for nominee, one in cohort.roster().items() if one.state == "documents_complete"]
        await cohort.end_nominations()
        await cohort.select(*sorted(left, key=lambda nominee: nominee[3:]))
        await eventually(lambda: seated(cohort) == cohort.plan.seats, "all seats are given")
        await cohort.gate("training.confirmation")
        answers = twice_now_and_then(responses(cohort) + withdrawals(cohort))
        await asyncio.gather(*(send(*one) for one in answers))
        await eventually(lambda: is_at_rest(cohort), "every seat is given that can be")
        assert worker.deaths == 2
        check(cohort, worker.answers)
        assert await failed_tasks_of(cohort.handle) == []


def nominations(cohort: Cohort) -> list[tuple[str, Message]]:
    """Every country nominates, and withdraws one of its own."""
    people = [(country, n) for n in range(EACH) for country in COUNTRIES]
    return [("nominate", cohort.register(official(country, f"RACE-{n}"))) for country, n in people]


def responses(cohort: Cohort) -> list[tuple[str, Message]]:
    """Two of three confirm, the others decline."""
    given = [one for one in cohort.roster().values() if one.state is EnrolmentState.ACCEPTED]
    return [
        (
            "respond",
            SeatResponse(
                gate=f"{cohort.id}:training.confirmation:1",
                actor=f"nominator.{one.country.lower()}",
                nominee=one.nominee,
                response=Response.DECLINE if number % 3 == 2 else Response.CONFIRM,
            ),
        )
        for number, one in enumerate(given)
    ]


def withdrawals(cohort: Cohort) -> list[tuple[str, Message]]:
    """Whoever waits, and some who were given a seat, are withdrawn at the same time."""
    roster = sorted(cohort.roster().values(), key=lambda one: one.nominee)
    some = [one for one in roster if one.state is EnrolmentState.WAITLISTED][::2]
    some += [one for one in roster if one.state is EnrolmentState.ACCEPTED][::5]
    return [
        (
            "withdraw_nominee",
            NomineeWithdrawal(
                case=cohort.id,
                actor=f"nominator.{one.country.lower()}",
                nominee=one.nominee,
                reason="Promoted.",
            ),
        )
        for one in some
    ]


def twice_now_and_then(messages: list[tuple[str, Message]]) -> list[tuple[str, Message]]:
    """All of them, every fourth a second time."""
    return messages + messages[::4]


def seated(cohort: Cohort) -> int:
    """How many have a seat."""
    return sum(one.state in IN_A_SEAT for one in cohort.roster().values())


def is_at_rest(cohort: Cohort) -> bool:
    """Whether nobody waits, or no seat is free."""
    return next_up(cohort.plan, tuple(cohort.roster().values())) is None


def check(cohort: Cohort, answers: list[Answer]) -> None:
    """Go through the record: never were more in seats than planned, nobody overtook anybody, and what was
    acknowledged is there once.
    """
    roster: dict[str, Enrolment] = {}
    rows = cohort.history()
    for row in rows:
        enrolled = [effect for effect in row["payload"]["effects"] if effect["effect"] == "enrols"]
        for one in (Enrolment.model_validate(effect["enrolment"]) for effect in enrolled):
            if row["action"] == "accepted":
                turn = next_up(cohort.plan, tuple(roster.values()))
                assert turn and turn.nominee == one.nominee, row["key"]
            roster[one.nominee] = one
        assert sum(one.state in IN_A_SEAT for one in roster.values()) <= cohort.plan.seats
    assert roster == cohort.roster(), "the table is what the record says"
    assert len(roster) == EACH * len(COUNTRIES)
    assert len({row["key"] for row in rows}) == len(rows)
    accepted = {answer.seq for answer in answers if answer.accepted}
    sent = Counter(row["seal"] for row in rows if row["seal"] and row["seq"] in accepted)
    assert len(sent) == len(accepted) and set(sent.values()) == {1}
