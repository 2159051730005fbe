"""Three gates open in one case at once, 200 messages in flight, the worker killed twice: nothing is lost,
nothing counts twice.
"""

import asyncio
from collections import Counter

import pytest

from activities.case.inbox import waiting
from models.case.approval import Decision
from models.case.panel import Choice, Panel
from models.case.record import Answer
from models.partnership.partnership import PartnershipStart
from runtime.temporal.embedded import Embedded
from tests.support import forks, signed
from tests.support.command import environment
from tests.support.house import Case, House, proposal
from tests.support.patience import patience
from tests.support.paying import pinned
from tests.support.rights import appoint, review
from tests.support.three_gates import GATES, QUEUE

VOTERS = 30
OUTSIDERS = 36
"""Each of them votes at each gate, the first voter last; five votes come twice: 200 messages at once."""
PROGRAMME = "three"


class Mortal:
    """A worker that is killed after so many answers; another takes its place."""

    def __init__(self, house: House, after: tuple[int, ...]) -> None:
        self._house, self._after = house, after
        self._process: forks.Fork | None = None
        self.answers: list[Answer] = []
        self.deaths = 0

    async def start(self) -> None:
        home = self._house.settings.home
        self._process = forks.start(["tests/support/three_gates.py", str(home)], environment(home))

    async def kill(self) -> None:
        assert self._process
        self._process.kill()
        assert await self._process.wait() == -9

    async def hear(self, answer: Answer) -> None:
        """Take an answer; now and then, die and be replaced."""
        self.answers.append(answer)
        if len(self.answers) in self._after:
            self.deaths += 1
            await self.kill()
            await self.start()


@pytest.mark.timeout(600)
async def test_three_gates_at_once(own: tuple[House, Embedded]) -> None:
    house, _ = own
    case = staffed(house)
    worker = Mortal(house, (30, 120))
    await worker.start()
    start = PartnershipStart(case=pinned(case), proposal=case.proposal)
    where = f"partnership/{case.id}"
    handle = await signed.start(house.client, house.settings, "three-gates", start, where, QUEUE)
    gates = [await case.gate(name) for name in GATES]
    assert len([gate for gate in house.read(waiting) if gate["case"] == case.id]) == 3

    people = [f"voter.{number}" for number in range(VOTERS)] + [f"nobody.{n}" for n in range(OUTSIDERS)]
    votes = [
        Decision(gate=gate["id"], content_hash=gate["content_hash"], actor=who, verdict=Choice.APPROVE)
        for who in people
        for gate in gates
    ]
    last, votes = votes[:3], votes[3:] + votes[3:8]
    assert len(votes) == 200

    async def send(vote: Decision) -> None:
        await worker.hear(await house.cases.send("decide", vote))

    try:
        await asyncio.wait_for(asyncio.gather(*(send(vote) for vote in votes)), patience(300))
        await asyncio.gather(*(send(vote) for vote in last))
        ending = await asyncio.wait_for(handle.result(), patience())
    finally:
        await worker.kill()
    assert worker.deaths == 2
    assert ending["status"] == "launched"
    check(case, worker.answers, len(votes) + len(last))


def check(case: Case, answers: list[Answer], sent: int) -> None:
    """Every message was answered; each that counted is on record once. Each that did not is there, too,
    twice where its sender had to ask again.
    """
    assert len(answers) == sent
    rows = case.history()
    votes = [row for row in rows if row["action"] == "vote approve"]
    assert Counter(row["key"] for row in rows).most_common(1)[0][1] == 1
    accepted = {answer.seq for answer in answers if answer.accepted}
    assert {row["seq"] for row in votes} == accepted
    assert len(votes) == 3 * VOTERS
    assert Counter(row["actor"] for row in votes) == {f"voter.{n}": 3 for n in range(VOTERS)}
    refused = {row["seq"] for row in rows if row["rule"]}
    assert {answer.seq for answer in answers if not answer.accepted} <= refused
    assert {row["actor"] for row in rows if row["rule"]} == {f"nobody.{n}" for n in range(OUTSIDERS)}
    (decided,) = [row for row in rows if row["action"] == "three decided"]
    assert set(decided["payload"]["facts"]["votes"].values()) == {VOTERS}
    assert [row["action"] for row in rows].count("approval approved") == 3


def staffed(house: House) -> Case:
    """A case whose panels have thirty seats, all of which must agree; and people without a seat."""
    panel = Panel.model_validate({"seats": ["crowd"] * VOTERS, "quorum": "all"})
    house.programme(PROGRAMME, **review(house, panel=panel))
    for number in range(VOTERS):
        appoint(house, f"voter.{number}", "crowd")
    for number in range(OUTSIDERS):
        appoint(house, f"nobody.{number}", "consultant")
    return Case(house, proposal("THREE", programme=PROGRAMME))
