"""People at work while something happens to an installation."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from temporalio.client import Client

from models.case.record import Answer
from services.case.updates import Unreachable
from services.partnership.partnerships import PartnershipService
from tests.support.house import Case, House, Patient, proposal
from tests.support.patience import eventually, eventually_async

STAFF = 4
"""So many cases go on at the same time."""


class Load:
    """Cases that are carried from proposal to launch, one after the other, by people who ask until they are
    answered.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._patient = Patient(house.client, house.database, house.settings)
        house.cases = self._patient
        house.partnerships = PartnershipService(self._patient)
        self.cases: list[Case] = []
        self._over = asyncio.Event()

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """People work until the block is left; then they finish what they have begun."""
        async with asyncio.TaskGroup() as group:
            for _ in range(STAFF):
                group.create_task(self._work())
            yield
            self._over.set()

    def speaks_to(self, client: Client) -> None:
        """The engine is somewhere else now."""
        self._house.client = self._patient._connected = client

    @property
    def longest(self) -> float:
        """Seconds that somebody has waited for an answer, at most."""
        return self._patient.longest

    @property
    def answers(self) -> list[Answer]:
        """What they were answered."""
        return self._patient.answers

    async def another(self) -> Case:
        """A case at which nobody works yet: whoever wants it brings it to its end."""
        case = Case(self._house, proposal())
        self.cases.append(case)
        await eventually_async(partial(_proposed, case), f"{case.id} is proposed")
        return case

    async def goes_on(self) -> None:
        """Wait until somebody is answered who asks now."""
        enough = len(self.answers) + STAFF + 1  # no more can be on their way
        await eventually(lambda: self._patient.has_answered(enough), "people are answered")

    def is_right(self) -> None:
        """Every answer is on record, once, and so is every decision."""
        acknowledged = Counter(answer.seq for answer in self.answers)
        assert {*acknowledged.values()} == {1}
        on_record = Counter[int]()
        for case in self.cases:
            rows = case.history()
            assert _is_launched(case)
            assert {*Counter(row["key"] for row in rows).values()} == {1}
            said = [row for row in rows if row["actor"] != "accord" and row["action"] != "proposed"]
            on_record.update(row["seq"] for row in said)
        assert acknowledged == on_record

    async def _work(self) -> None:
        while not self._over.is_set():
            case = await self.another()
            await case.reach("launched")
            await eventually(partial(_is_launched, case), f"{case.id} is launched")


def _is_launched(case: Case) -> bool:
    return case.row()["status"] == "launched"


async def _proposed(case: Case) -> bool:
    with contextlib.suppress(Unreachable):
        await case.house.partnerships.propose(case.proposal)
        return True
    return False
