"""E7, and ten years of a case: thousands of messages, refused ones among them, to every kind of workflow. Its
history stays bounded and its memory flat, nothing is lost, and the same words get the first answer.
"""

import asyncio
import gc
import os
import time
from collections.abc import Awaitable, Callable

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from models.base import Message, digest
from models.case.approval import Decision
from models.case.deadline import Pause, Resume
from models.case.record import Answer
from models.case.rule import CaseRule
from runtime.workers.plugin import plugin
from services.case.cases import Refused
from tests.support.failed_tasks import failed_tasks
from tests.support.house import House
from tests.support.installation import EVENTS
from tests.support.kinds import KINDS, MAY, Subject, message, refused, started
from workflows.case.messages import KEPT_ANSWERS, Messages
from workflows.case.refusals import AN_HOUR

PROVING = "ACCORD_PROVE" in os.environ
YEARS = 10
A_YEAR = 1_000 if PROVING else 12
"""Refused messages to each case, beside those that stop its clock and let it run again."""
BOUND = 4 * EVENTS
"""Events of any run: what makes it begin again, and what was in flight then."""


@pytest.mark.timeout(7200 if PROVING else 240)
async def test_ten_years_of_messages(impatient: House) -> None:
    subjects = await asyncio.gather(*(started(impatient, kind) for kind in KINDS))
    for year in range(YEARS):
        await asyncio.gather(*(a_year(impatient, subject, year) for subject in subjects))
    for subject in subjects:
        sent = await proper(subject)
        first = await subject.send(sent)
        assert first.accepted, first
        rows = subject.history()
        # whoever got no answer in time sent the same again, and was refused again
        refusals = [row["payload"]["facts"]["message"] for row in rows if row["action"] == "refused"]
        assert len({digest(one) for one in refusals}) == YEARS * A_YEAR
        assert len(refusals) <= 1.1 * YEARS * A_YEAR
        assert [row["action"] for row in rows].count("clock running again") == YEARS
        assert len({row["key"] for row in rows}) == len(rows)
        await is_bounded(impatient, subject)
        assert (await subject.send(sent)).seq == first.seq
    assert await failed_tasks(impatient.client) == []


async def a_year(house: House, subject: Subject, year: int) -> None:
    """Somebody stops the clock for a year; others send what is refused."""
    who = {"gate": subject.gate, "actor": MAY[subject.kind], "reason": f"Year {year}."}
    assert (await subject.send(("pause", Pause.model_validate(who)))).accepted
    noise = [refused(subject, year * A_YEAR + n, f"nobody.{n % 100}") for n in range(A_YEAR)]
    for start in range(0, A_YEAR, 20):
        answers = await asyncio.gather(*(subject.send(one) for one in noise[start : start + 20]))
        assert not any(answer.accepted for answer in answers)
    await house.skip(subject.handle, days=365)
    assert (await subject.send(("resume", Resume.model_validate(who)))).accepted


async def proper(subject: Subject) -> tuple[str, Message]:
    """What the first gate waits for."""
    name, sent = message(subject, 1, MAY[subject.kind])
    if isinstance(sent, Decision):
        gate = await subject.case.gate(subject.name)
        return name, sent.model_copy(update={"content_hash": gate["content_hash"]})
    return name, sent


async def is_bounded(house: House, subject: Subject) -> None:
    """No run has a long history, and it can be replayed; what a run remembers does not grow."""
    runs = [one async for one in house.client.list_workflows(f"WorkflowId = '{subject.handle.id}'")]
    assert len(runs) > YEARS // 2
    assert max(one.history_length or 0 for one in runs) <= BOUND
    history = await house.client.get_workflow_handle(runs[-1].id, run_id=runs[-1].run_id).fetch_history()
    await Replayer(workflows=[], plugins=[plugin()], debug_mode=True).replay_workflow(
        WorkflowHistory(runs[-1].id, history.events)
    )
    remembered = [one for one in gc.get_objects() if isinstance(one, Messages)]
    kept = [one for one in remembered if one.case.number == subject.case.id]
    assert all(len(one._accepted) <= KEPT_ANSWERS and len(one._seals) <= BOUND for one in kept)


async def test_whoever_is_refused_too_often_costs_the_case_nothing_more(house: House) -> None:
    subjects = await asyncio.gather(*(started(house, kind) for kind in KINDS))
    await asyncio.gather(*(in_one_hour(turned_away, subject) for subject in subjects))


async def in_one_hour(test: Callable[[Subject], Awaitable[None]], subject: Subject) -> None:
    """Where the hour turned meanwhile, refusals were counted anew: once more, then."""
    began = hour()
    try:
        await test(subject)
    except AssertionError:
        if hour() == began:
            raise
        await test(subject)


def hour() -> int:
    """The hour it is, by the clock that the engine has, too."""
    return int(time.time()) // 3600


async def turned_away(subject: Subject) -> None:
    """Somebody is refused more often than a case takes in an hour; others go on."""
    told = [await rule_for(subject, number) for number in range(AN_HOUR + 5)]
    assert told[-5:] == [CaseRule.TOO_MANY] * 5, subject.kind
    assert CaseRule.TOO_MANY not in told[: AN_HOUR - 5]
    before = (await subject.handle.describe()).history_length
    assert await rule_for(subject, AN_HOUR + 6) == CaseRule.TOO_MANY
    assert (await subject.handle.describe()).history_length == before
    assert (await subject.send(await proper(subject))).accepted


async def rule_for(subject: Subject, number: int) -> str | None:
    """Why a message was refused."""
    try:
        answer: Answer = await subject.send(refused(subject, number))
    except Refused as why:
        return why.rule
    return answer.rule
