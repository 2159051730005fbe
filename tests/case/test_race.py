"""Everybody at once on one gate: the panel's votes count, the others are refused by name, none is lost."""

import asyncio
import itertools
from collections import Counter
from datetime import timedelta

from activities.case import record
from models.case.approval import Decision
from models.case.panel import Choice, Panel
from models.case.rule import CaseRule
from services.case.cases import CaseService
from services.case.updates import NotConfirmed
from tests.support.house import House
from tests.support.rights import appoint, review

VOTERS = 200
SEATS = 5
CROWD = 14
"""More than the ten updates that a workflow may have in flight."""


async def test_many_voters_at_once_on_one_gate(house: House) -> None:
    panel = Panel.model_validate({"seats": ["racer"] * SEATS, "quorum": "all"})
    house.programme("race", **review(house, panel=panel))
    for number in range(VOTERS):
        appoint(house, f"racer.{number}", "racer" if number % 2 else "idler")
    case = await house.propose(programme="race")
    gate = await case.gate("review")

    async def vote(number: int) -> str | None:
        return (await case.vote(gate, f"racer.{number}")).rule

    told = await asyncio.gather(*(vote(number) for number in range(VOTERS)))
    answers = Counter(told)
    assert answers[None] == SEATS
    assert set(answers) <= {None, CaseRule.ROLE_NOT_HELD, CaseRule.SEAT_TAKEN, CaseRule.STAGE_OVER}
    assert answers.total() == VOTERS
    rows = [row for row in case.history() if row["actor"].startswith("racer.")]
    assert Counter(row["rule"] for row in rows) == answers, "every answer is on record, once"
    assert len({row["actor"] for row in rows}) == VOTERS
    await case.gate("funding")
    winner = told.index(None)
    again = Decision(
        gate=gate["id"],
        verdict=Choice.APPROVE,
        actor=f"racer.{winner}",
        content_hash=gate["content_hash"],
    )
    assert (await case.send("decide", again)).accepted, "the same vote again gets its first answer"
    await case.withdraw()


async def test_who_finds_every_place_taken_is_told_nothing_and_loses_nothing(house: House) -> None:
    panel = Panel.model_validate({"seats": ["crowd"] * CROWD, "quorum": "all"})
    house.programme("crowded", **review(house, panel=panel))
    for number in range(CROWD):
        appoint(house, f"crowd.{number}", "crowd")
    case = await house.propose(programme="crowded")
    gate = await case.gate("review")
    said = {"gate": gate["id"], "verdict": Choice.APPROVE, "content_hash": gate["content_hash"]}
    votes = [Decision(actor=f"crowd.{number}", **said) for number in range(CROWD)]
    one, other = (CaseService(house.client, house.database, patience=timedelta(seconds=1)) for _ in range(2))
    hasty = itertools.cycle((one, other))  # each sends fewer than ten at a time, both together more
    with house.database.begin() as connection:
        record.lock(connection)  # nothing can be put on record, so nobody makes room
        told = await asyncio.gather(
            *(next(hasty).send("decide", vote) for vote in votes), return_exceptions=True
        )
    assert {type(answer) for answer in told} == {NotConfirmed}
    answers = await asyncio.gather(*(case.send("decide", vote) for vote in votes))
    assert all(answer.accepted for answer in answers)
    assert case.actions().count("vote approve") == len({answer.seq for answer in answers}) == CROWD
    await case.withdraw()
