"""Many decisions, and the worker killed amid them: none is lost, none is counted twice."""

import asyncio
import os
import time
from collections import Counter
from typing import Any

import pytest

from activities.case import audit
from models.case.approval import Decision
from models.case.panel import Choice, Panel
from models.case.record import Answer
from runtime.temporal.embedded import Embedded
from tests.support import forks
from tests.support.command import environment
from tests.support.house import Case, House, Patient, proposal
from tests.support.rights import appoint, review

SEATS = 5
GROUPS, CASES, DEATHS = (40, 50, 2) if "ACCORD_PROVE" in os.environ else (2, 6, 1)
"""Each group of five decides on all cases of its programme; `make prove`: 10,000 on 2,000 gates."""

DECISIONS = GROUPS * CASES * SEATS
CLIENTS = 32


class Crew:
    """A worker that is killed amid the decisions, and those that go on in its place."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._worker: forks.Fork | None = None
        self.answers: list[Answer] = []
        self.deaths = 0

    async def start(self) -> None:
        """Start a worker."""
        self._worker = forks.start(["worker.py"], environment(self._house.settings.home))

    async def kill(self) -> None:
        """SIGKILL."""
        assert self._worker and self._worker.returncode is None
        self._worker.kill()
        assert await self._worker.wait() == -9

    async def hear(self, answer: Answer) -> None:
        """Take an answer; now and then, die and be replaced."""
        self.answers.append(answer)
        if len(self.answers) in (death * DECISIONS // (DEATHS + 1) for death in range(1, DEATHS + 1)):
            self.deaths += 1
            await self.kill()
            await self.start()


def staff(house: House) -> None:
    """A programme and five approvers for each group."""
    for group in range(GROUPS):
        panel = Panel.model_validate({"seats": [f"group_{group}"] * SEATS, "quorum": "all"})
        house.programme(f"load-{group}", **review(house, panel=panel))
        for seat in range(SEATS):
            appoint(house, f"approver.{group}.{seat}", f"group_{group}")


@pytest.mark.timeout(3600)
async def test_no_decision_is_lost_or_doubled(own: tuple[House, Embedded]) -> None:
    house, _ = own
    assert isinstance(house.cases, Patient)
    staff(house)
    crew, gate_of, busy = Crew(house), dict[str, dict[str, Any]](), asyncio.Semaphore(CLIENTS)
    cases = [
        Case(house, proposal(f"L-{group}-{number}", programme=f"load-{group}"))
        for group in range(GROUPS)
        for number in range(CASES)
    ]

    async def propose(case: Case) -> None:
        async with busy:
            await house.partnerships.propose(case.proposal)
            gate_of[case.id] = await case.gate("review")

    async def decide(group: int, seat: int) -> None:
        for number in range(CASES):
            gate = gate_of[f"L-{group}-{number}"]
            fields = {"gate": gate["id"], "content_hash": gate["content_hash"], "verdict": Choice.APPROVE}
            async with busy:
                said = Decision(actor=f"approver.{group}.{seat}", **fields)
                await crew.hear(await house.cases.send("decide", said))

    await crew.start()
    try:
        await asyncio.gather(*(propose(case) for case in cases))
        started = time.monotonic()
        await asyncio.gather(*(decide(group, seat) for group in range(GROUPS) for seat in range(SEATS)))
        seconds = time.monotonic() - started
        for case in cases:
            await case.gate("funding")
    finally:
        await crew.kill()
    pace = DECISIONS / seconds
    print(f"{DECISIONS} decisions in {seconds:.0f} s ({pace:.0f}/s), {house.cases.repeated} asked for again")
    assert crew.deaths == DEATHS
    assert all(answer.accepted for answer in crew.answers)
    told = Counter(answer.seq for answer in crew.answers)
    assert len(told) == DECISIONS
    check(house, set(told))


def check(house: House, told: set[int]) -> None:
    """The record has exactly the decisions that were answered, five for each gate, from five people."""
    rows = house.read(lambda connection: audit.history(connection, audit.Question()))
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert len({row["payload"]["key"] for row in rows}) == len(rows)
    votes = [row for row in rows if row["action"] == "vote approve"]
    assert {row["seq"] for row in votes} == told
    assert Counter(row["actor"] for row in votes) == {
        f"approver.{group}.{seat}": CASES for group in range(GROUPS) for seat in range(SEATS)
    }
    voters: dict[str, set[str]] = {}
    for row in votes:
        voters.setdefault(row["case"], set()).add(row["actor"])
    assert len(voters) == GROUPS * CASES
    assert all(len(actors) == SEATS for actors in voters.values())
    closed = Counter(row["case"] for row in rows if row["action"] == "approval approved")
    assert set(closed.values()) == {1} and len(closed) == GROUPS * CASES
    assert not [row for row in rows if row["rule"]]
