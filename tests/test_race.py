"""Everybody at once on one gate: the panel's votes count, the others are refused by name, none is lost."""

import asyncio
from collections import Counter

from models.approval import Decision
from models.panel import Panel, Verdict
from models.rule import Rule
from tests.house import House
from tests.test_rights import appoint, review

VOTERS = 200
SEATS = 5


async def test_many_voters_at_once_on_one_gate(house: House) -> None:
    panel = Panel.model_validate({"seats": ["racer"] * SEATS, "quorum": "all"})
    house.programme("race", **review(house, panel=panel))
    for number in range(VOTERS):
        appoint(house, f"racer.{number}", "racer" if number % 2 else "idler")
    case = await house.propose(programme="race")
    gate = await case.gate("review")

    async def vote(number: int) -> Rule | None:
        return (await case.vote(gate, f"racer.{number}")).rule

    told = await asyncio.gather(*(vote(number) for number in range(VOTERS)))
    answers = Counter(told)
    assert answers[None] == SEATS
    assert set(answers) <= {None, Rule.ROLE_NOT_HELD, Rule.SEAT_TAKEN, Rule.STAGE_OVER}
    assert answers.total() == VOTERS
    rows = [row for row in case.history() if row["actor"].startswith("racer.")]
    assert Counter(row["rule"] for row in rows) == answers, "every answer is on record, once"
    assert len({row["actor"] for row in rows}) == VOTERS
    await case.gate("funding")
    winner = told.index(None)
    again = Decision(
        gate=gate["id"],
        verdict=Verdict.APPROVE,
        actor=f"racer.{winner}",
        content_hash=gate["content_hash"],
    )
    assert (await case.send("decide", again)).accepted, "the same vote again gets its first answer"
    await case.withdraw()
