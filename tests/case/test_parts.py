"""The parts that a case is composed of, without a server: gates, clocks, seats, panels, two people."""

import asyncio
from typing import Any, NamedTuple, cast

import pytest

from models.case.approval import Decision, Verdict
from models.case.conflict_of_interest import Challenge
from models.case.deadline import Consequence, Extension, Pause, Resume, Terms
from models.case.duty import Act
from models.case.gate import Decided, Opening
from models.case.override import Override
from models.case.panel import Outcome, Panel
from models.case.record import Receipt
from models.case.rule import Broken, CaseRule, Rule
from models.case.seat_assignment import Reassignment
from models.case.terms import GateTerms
from tests.support.fake_case import FakeCase, FakeMessages, rights, settle_down
from workflows.case.challenge import Challenges
from workflows.case.clock import Clocks
from workflows.case.confirmations import Confirmations
from workflows.case.ended import Ended
from workflows.case.gates import Gates
from workflows.case.override import Overrides
from workflows.case.panels import Panels
from workflows.case.reopening import Reopening
from workflows.case.seat_assignment import SeatAssignmentPart

DEADLINE = Terms(working_days=5, remind_before=(2,), escalate_to="director", grace_days=3)
PANEL = Panel.model_validate({"seats": ["expert", "expert", "secretariat"], "quorum": 2})
TERMS = GateTerms(panel=PANEL, deadline=DEADLINE)


class Bench(NamedTuple):
    """The parts, put together on a fake case."""

    case: FakeCase
    messages: FakeMessages
    gates: Gates
    panels: Panels
    reopening: Reopening


@pytest.fixture
async def bench() -> Bench:
    case = FakeCase()
    messages = FakeMessages(case)
    gates = Gates(cast(Any, case), cast(Any, messages))
    confirmations = Confirmations(cast(Any, case))
    clocks = Clocks(gates, confirmations)
    panels = Panels(gates, SeatAssignmentPart(gates))
    Overrides(panels, confirmations)
    reopening = Reopening(panels, clocks)
    Challenges(panels, confirmations, reopening.falls)
    return Bench(case, messages, gates, panels, reopening)


def task(bench: Bench, name: str = "work") -> Opening:
    """A gate that waits for a piece of work of an expert."""
    subject = {"task": name}
    return bench.gates.opening(
        "task", name, 1, question="Do it", roles=("expert",), subject=subject, terms=DEADLINE, act=Act.DELIVER
    )


async def opened(bench: Bench, name: str = "work") -> str:
    """The id of an open gate for a piece of work."""
    opening = task(bench, name)
    assert await bench.gates.open(opening, bench.case.entry("awaited")) is None
    return opening.id


def convened(bench: Bench, name: str = "review", **more: Any) -> asyncio.Task[Verdict | Receipt]:
    """A panel in session."""
    fields: dict[str, Any] = {"question": "Good?", "subject": {"what": name}, "act": Act.REVIEW} | more
    entry = bench.case.entry(f"{name} opened")
    return asyncio.create_task(bench.panels.convene(name, 1, TERMS, entry, **fields))


async def vote(bench: Bench, gate: str, person: str, role: str, verdict: str = "approve") -> Broken | None:
    """A vote on what is at the gate now."""
    content = bench.gates.open_now[gate].opening.content_hash if gate in bench.gates.open_now else "0" * 64
    comment = "" if verdict == "approve" else "No."
    sent = Decision.model_validate(
        {"gate": gate, "verdict": verdict, "actor": person, "content_hash": content, "comment": comment}
    )
    return await bench.messages.send("decide", sent, rights(person, role))


# -- gates and their deadlines


async def test_a_gate_reminds_escalates_and_then_says_what_its_deadline_means(bench: Bench) -> None:
    gate = await opened(bench)
    waiting = asyncio.create_task(bench.gates.settle(gate, lambda: False))
    await bench.case.advance(days=4)
    assert bench.case.journal.actions == ["awaited", "reminded"]
    await bench.case.advance(days=4)
    assert bench.case.journal.actions[-1] == "escalated"
    assert not waiting.done()
    await bench.case.advance(days=4)
    assert await waiting is Consequence.LAPSE


async def test_work_that_is_done_before_the_deadline_has_no_consequence(bench: Bench) -> None:
    gate, done = await opened(bench), False
    waiting = asyncio.create_task(bench.gates.settle(gate, lambda: done))
    await bench.case.advance(days=1)
    done = True
    assert await waiting is None
    bench.gates.close(gate, "done")
    assert bench.gates.misplaced(gate) == CaseRule.STAGE_OVER


async def test_several_gates_are_open_at_once_each_with_its_own_clock(bench: Bench) -> None:
    first, second = await opened(bench, "first"), await opened(bench, "second")
    both = [asyncio.create_task(bench.gates.settle(gate, lambda: False)) for gate in (first, second)]
    await settle_down()
    pause = Pause(gate=first, actor="an", reason="The city must answer.")
    assert await bench.messages.send("pause", pause, rights("an", "expert")) is None
    await bench.case.advance(days=20)
    assert [waiting.done() for waiting in both] == [False, True]
    both[0].cancel()


@pytest.mark.parametrize(
    ("person", "role", "rule"), [("an", "expert", None), ("bo", "treasury", CaseRule.ROLE_NOT_HELD)]
)
async def test_work_is_for_those_whom_the_gate_names(
    bench: Bench, person: str, role: str, rule: Rule | None
) -> None:
    gate = await opened(bench)
    broken = bench.gates.may_work(gate, "task", rights(person, role))
    assert (broken.rule if broken else None) == rule


async def test_who_is_called_in_by_the_deadline_may_work_from_then_on(bench: Bench) -> None:
    gate = await opened(bench)
    waiting = asyncio.create_task(bench.gates.settle(gate, lambda: False))
    director = rights("di", "director")
    assert bench.gates.may_work(gate, "task", director) == Broken(CaseRule.ROLE_NOT_HELD)
    await bench.case.advance(days=8)
    assert bench.gates.may_work(gate, "task", director) is None
    waiting.cancel()


# -- clocks


async def test_more_days_take_two_people_who_say_the_same(bench: Bench) -> None:
    gate = await opened(bench)
    due = bench.gates.open_now[gate].opened.ladder

    async def extend(person: str, days: int) -> Broken | None:
        wanted = Extension(gate=gate, actor=person, working_days=days, reason=f"So says {person}.")
        return await bench.messages.send("extend", wanted, rights(person, "coordinator"))

    assert await extend("an", 5) is None
    assert await extend("an", 5) == Broken(CaseRule.TWO_PEOPLE)
    assert await extend("bo", 6) is None, "other figures are another request"
    assert bench.gates.open_now[gate].opened.ladder == due
    assert await extend("an", 6) is None
    assert bench.gates.open_now[gate].opened.schedule.extra_days == 6
    assert bench.case.journal.actions[-3:] == [
        "extension asked for",
        "extension asked for",
        "deadline extended",
    ]


async def test_a_request_that_nobody_confirmed_for_a_month_has_lapsed(bench: Bench) -> None:
    gate = await opened(bench)
    wanted = Extension(gate=gate, actor="an", working_days=5, reason="More time.")
    assert await bench.messages.send("extend", wanted, rights("an", "coordinator")) is None
    await bench.case.advance(days=31)
    other = wanted.model_copy(update={"actor": "bo"})
    assert await bench.messages.send("extend", other, rights("bo", "coordinator")) is None
    assert bench.case.journal.actions[-1] == "extension asked for"


async def test_a_stopped_clock_does_not_move_the_gate(bench: Bench) -> None:
    gate = await opened(bench)
    waiting = asyncio.create_task(bench.gates.settle(gate, lambda: False))
    an = rights("an", "expert")
    pause, resume = (kind(gate=gate, actor="an", reason="Wait.") for kind in (Pause, Resume))
    assert await bench.messages.send("resume", resume, an) == Broken(CaseRule.CLOCK, "It is running.")
    assert await bench.messages.send("pause", pause, an) is None
    assert await bench.messages.send("pause", pause, an) == Broken(CaseRule.CLOCK, "It stands still.")
    await bench.case.advance(days=100)
    assert not waiting.done()
    assert await bench.messages.send("resume", resume, an) is None
    assert bench.gates.open_now[gate].stopped_at is None
    waiting.cancel()


# -- seats


async def test_work_that_somebody_took_on_is_theirs_until_they_give_it_back(bench: Bench) -> None:
    gate = await opened(bench)
    an, bo = rights("an", "expert"), rights("bo", "expert")

    async def reassign(actor: Any, **more: str) -> Broken | None:
        wanted = Reassignment(gate=gate, actor=actor.actor.person, **more)
        return await bench.messages.send("reassign", wanted, actor)

    assert await reassign(an, new="an") is None
    assert bench.gates.may_work(gate, "task", bo) == Broken(CaseRule.CLAIMED)
    assert await reassign(bo, new="bo") == Broken(CaseRule.CLAIMED)
    taken = await reassign(bo, old="an", new="bo", reason="Mine.")
    assert taken
    assert taken.rule == CaseRule.ROLE_NOT_HELD
    assert await reassign(an, old="an") is None
    assert bench.gates.may_work(gate, "task", bo) is None


async def test_a_vote_uses_up_the_seat_that_was_taken_on(bench: Bench) -> None:
    verdict = convened(bench)
    await settle_down()
    wanted = Reassignment(gate="T-1:review:1", actor="an", new="an")
    assert await bench.messages.send("reassign", wanted, rights("an", "expert")) is None
    assert bench.gates.open_now["T-1:review:1"].assigned
    assert await vote(bench, "T-1:review:1", "an", "expert") is None
    assert not bench.gates.open_now["T-1:review:1"].assigned
    verdict.cancel()


# -- panels


async def test_a_verdict_is_a_value_and_leaves_nothing_behind(bench: Bench) -> None:
    verdict = convened(bench)
    await settle_down()
    for person, role in (("an", "expert"), ("bo", "secretariat")):
        assert await vote(bench, "T-1:review:1", person, role) is None
    found = await verdict
    assert isinstance(found, Verdict)
    assert (found.outcome, found.voters) == (Outcome.APPROVED, ("an", "bo"))
    assert bench.gates.open_now == {}
    assert bench.case.journal.actions[-1] == "approval approved"


async def test_panels_decide_side_by_side(bench: Bench) -> None:
    both = [convened(bench, name) for name in ("one", "other")]
    await settle_down()
    for gate, verdict in (("T-1:one:1", "approve"), ("T-1:other:1", "reject")):
        for person in ("an", "bo"):
            assert await vote(bench, gate, person, "expert", verdict) is None
    outcomes = [found.outcome for found in await asyncio.gather(*both) if isinstance(found, Verdict)]
    assert outcomes == [Outcome.APPROVED, Outcome.REJECTED]


async def test_an_override_takes_two_people(bench: Bench) -> None:
    verdict = convened(bench)
    await settle_down()
    gate = "T-1:review:1"

    async def override(person: str, outcome: str) -> Broken | None:
        fields = {"gate": gate, "actor": person, "outcome": outcome, "reason": f"{person} says so."}
        fields["content_hash"] = bench.gates.open_now[gate].opening.content_hash
        return await bench.messages.send("override", Override(**fields), rights(person, "director"))

    assert await override("di", "approved") is None
    assert await override("di", "approved") == Broken(CaseRule.TWO_PEOPLE)
    assert await override("do", "rejected") is None
    assert await override("di", "rejected") is None
    found = await verdict
    assert isinstance(found, Verdict)
    assert found.outcome is Outcome.REJECTED


# -- decisions taken again


async def approved(bench: Bench, **more: Any) -> None:
    """A review that two experts approved."""
    verdict = convened(bench, **more)
    await settle_down()
    for person in ("an", "bo"):
        assert await vote(bench, "T-1:review:1", person, "expert") is None
    await verdict


def fallen(bench: Bench) -> Decided:
    """That review, as if one of its votes did not count."""
    return bench.panels.closed["T-1:review:1"]


async def test_who_is_barred_is_barred_when_the_panel_decides_again(bench: Bench) -> None:
    await approved(bench, barred=("eve",))
    bench.reopening.falls(fallen(bench))
    await settle_down()
    assert await vote(bench, "T-1:review.again:1", "eve", "expert") == Broken(CaseRule.OWN_PROPOSAL)
    assert await vote(bench, "T-1:review.again:1", "an", "expert") is None


async def test_what_is_open_waits_while_a_decision_is_taken_again(bench: Bench) -> None:
    await approved(bench)
    gate = await opened(bench)
    waiting = asyncio.create_task(bench.gates.settle(gate, lambda: False))
    bench.reopening.falls(fallen(bench))
    await settle_down()
    assert bench.gates.misplaced(gate) == CaseRule.RECONSIDERED
    await bench.case.advance(days=2)
    for person in ("an", "bo"):
        assert await vote(bench, "T-1:review.again:1", person, "expert") is None
    assert bench.gates.misplaced(gate) is None
    assert len(bench.gates.open_now[gate].opened.schedule.stops) == 1
    assert bench.case.held == 0
    waiting.cancel()


async def test_an_approval_that_is_not_confirmed_ends_the_case(bench: Bench) -> None:
    await approved(bench)
    bench.reopening.falls(fallen(bench))
    await settle_down()
    for person in ("an", "bo"):
        assert await vote(bench, "T-1:review.again:1", person, "expert", "reject") is None
    assert isinstance(bench.case.ended, Ended)
    assert bench.case.ended.ending.status == "rejected"


async def test_a_vote_at_an_open_panel_is_struck_out_by_two_people(bench: Bench) -> None:
    verdict = convened(bench)
    await settle_down()
    gate = "T-1:review:1"
    assert await vote(bench, gate, "an", "expert") is None
    an = rights("an", "expert").actor

    async def challenge(person: str, *roles: str) -> Broken | None:
        wanted = Challenge(gate=gate, actor=person, person="an", reason="Owns shares.")
        return await bench.messages.send("challenge", wanted, rights(person, *roles, about=an))

    assert await challenge("eve", "expert") == Broken(CaseRule.ROLE_NOT_HELD)
    assert await challenge("co", "coordinator") is None
    assert await challenge("co", "coordinator") == Broken(CaseRule.TWO_PEOPLE)
    assert await challenge("an", "expert") is None, "whose vote it is may be one of the two"
    assert not bench.panels.panel(gate).counts_vote_of("an")
    assert bench.case.journal.actions[-1] == "struck"
    verdict.cancel()
