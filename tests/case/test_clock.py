"""The clock of a gate: more days by two people, stopped and running again, promised instants that stay."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from temporalio.testing import TimeSkipper

from activities.case.gate import find_gate
from activities.people import delegation
from models.case.deadline import Extension, Pause, Resume, Rung, Schedule, Step, Stop, Terms, continued
from models.case.rule import CaseRule
from models.people.delegation import Delegation
from tests.support.house import Case, House

NOON = 3  # in Seoul, by UTC


async def until(house: House, case: Case, year: int, month: int, day: int) -> None:
    """Let the time pass for a case, until noon in Seoul on this day."""
    now = max(row["at"] for row in case.history())
    wait = datetime(year, month, day, NOON, tzinfo=UTC) - now
    await TimeSkipper(house.client).fast_forward(case.handle, wait)


def extension(gate: dict[str, Any], actor: str, days: int = 3) -> Extension:
    return Extension(gate=gate["id"], actor=actor, working_days=days, reason="The ministry moved house.")


async def test_a_review_across_two_new_years(house: House) -> None:
    """Ten working days from Monday 2 February 2032, in Seoul, when Korea and Viet Nam both work.

    February: 3, 4, 5, 6 are the days 1 to 4. From 9 to 13 it is Tet (9 to 13) and Seollal (10 to 12).
    16 is day 5. On 17 and 18 the clock stands still. 19 is day 6, 20 day 7, 23 day 8, 24 day 9, 25 day 10.
    Three more were given: 26 is day 11, 27 day 12; 1 March is Independence Movement Day; 2 March is day 13.
    So it is due on 2 March, with a reminder three days before, on 25 February, and five days of grace
    (3, 4, 5, 8, 9) end on 9 March. Every instant is 23:59:59 in Seoul, 14:59:59 UTC.
    """
    terms = Terms(working_days=10, remind_before=(3,), escalate_to="director", grace_days=5)
    review = house.partnerships.programme("k-city-2020").review.model_copy(update={"deadline": terms})
    long = Terms(working_days=2000, escalate_to="director")
    house.programme("new-years", review=review, revision=long)
    case = await house.propose(programme="new-years")
    gate = await case.gate("review")
    for actor in ("expert.lim", "sec.han"):
        await case.vote(gate, actor, "return", "Later.")
    await case.gate("review.revision")
    await until(house, case, 2032, 2, 2)
    await case.resubmit("review")
    gate = await case.gate("review", 2)
    assert gate["opened_at"].date() == date(2032, 2, 2)

    await until(house, case, 2032, 2, 4)
    assert (await case.send("extend", extension(gate, "expert.lim"))).accepted
    again = await case.send("extend", extension(gate, "expert.lim").model_copy(update={"reason": "Please."}))
    assert again.rule == CaseRule.TWO_PEOPLE
    assert (await case.send("extend", extension(gate, "sec.han"))).accepted
    await until(house, case, 2032, 2, 17)
    pause = Pause(gate=gate["id"], actor="sec.han", reason="The city must answer.")
    assert (await case.send("pause", pause)).accepted
    twice = await case.send("pause", pause.model_copy(update={"actor": "expert.lim"}))
    assert twice.rule == CaseRule.CLOCK
    await until(house, case, 2032, 2, 19)
    resume = Resume(gate=gate["id"], actor="sec.han", reason="It has.")
    assert (await case.send("resume", resume)).accepted
    given = Delegation(
        id="x", giver="molit.jung", taker="molit.park", roles=("ministry",), instrument="Order 7",
        since=date(2032, 2, 1), until=date(2032, 2, 29),
    )  # fmt: skip
    with house.database.begin() as connection:
        delegation.give(connection, given, 1)
    vote = await case.vote(gate, "molit.park", on_behalf_of="molit.jung")
    assert vote.accepted
    await until(house, case, 2032, 3, 3)
    assert (await case.vote(gate, "director.kang")).accepted
    await case.gate("funding")

    told = {row["action"]: row for row in case.history() if row["payload"]["key"].startswith(gate["id"])}
    for action, month, day in (("reminded", 2, 25), ("escalated", 3, 2)):
        promised = datetime(2032, month, day, 14, 59, 59, tzinfo=UTC)
        assert told[action]["payload"]["facts"]["due"] == promised.isoformat()
        assert promised <= told[action]["at"] < promised + timedelta(seconds=5)
    assert (told["vote approve"]["actor"], told["vote approve"]["role"]) == ("director.kang", "director")
    delegated = [row for row in case.history() if row["on_behalf_of"]]
    assert [(row["actor"], row["on_behalf_of"]) for row in delegated] == [("molit.park", "molit.jung")]
    found = house.read(lambda c: find_gate(c, gate["id"]))
    assert found and '"2032-03-09T14:59:59Z","rung":"consequence"' in found["ladder"].replace(" ", "")
    await case.withdraw()


async def test_only_who_has_to_do_with_a_gate_changes_its_clock(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    stranger = await case.send("extend", extension(gate, "legal.yoon"))
    assert stranger.rule == CaseRule.ROLE_NOT_HELD
    running = await case.send("resume", Resume(gate=gate["id"], actor="sec.han", reason="Go."))
    assert running.rule == CaseRule.CLOCK
    assert (await case.send("extend", extension(gate, "coord.seo", 3))).accepted
    assert (await case.send("extend", extension(gate, "sec.han", 4))).accepted
    unchanged = await case.gate("review")
    assert unchanged["due_at"] == gate["due_at"], "two people, two figures: nothing is extended"
    assert (await case.send("extend", extension(gate, "coord.seo", 4))).accepted
    assert (await case.gate("review"))["due_at"] > gate["due_at"]
    await case.approve("review")
    over = await case.send("extend", extension(gate, "sec.han", 5))
    assert over.rule == CaseRule.STAGE_OVER
    await case.withdraw()


async def test_a_stopped_clock_never_lapses(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    await case.send("pause", Pause(gate=gate["id"], actor="sec.han", reason="Flood in the city."))
    await house.skip(case.handle, days=400)
    assert {"reminded", "escalated"}.isdisjoint(case.actions())
    await case.approve("review")
    await case.gate("funding")
    await case.withdraw()


async def test_the_same_words_later_are_a_new_message(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    pause = Pause(gate=gate["id"], actor="sec.han", reason="The city must answer.")
    resume = Resume(gate=gate["id"], actor="sec.han", reason="It has.")
    stops = [await case.send(*said) for said in (("pause", pause), ("resume", resume)) * 2]
    assert [answer.accepted for answer in stops] == [True] * 4
    assert len({answer.seq for answer in stops}) == 4
    assert (await case.send("resume", resume)).seq == stops[-1].seq, "repeated at once, it is the same"
    longer = [await case.send("extend", extension(gate, actor)) for actor in ("expert.lim", "sec.han") * 2]
    assert len({answer.seq for answer in longer if answer.accepted}) == 4
    found = house.read(lambda c: find_gate(c, gate["id"]))
    assert found and case.actions().count("deadline extended") == 2
    await case.withdraw()


def test_an_instant_reached_stays_and_the_others_move() -> None:
    def at(day: int) -> datetime:
        return datetime(2027, 3, day, tzinfo=UTC)

    before = (
        Step(at=at(3), rung=Rung.REMIND),
        Step(at=at(5), rung=Rung.ESCALATE),
        Step(at=at(9), rung=Rung.CONSEQUENCE),
    )
    after = tuple(step.model_copy(update={"at": step.at + timedelta(days=10)}) for step in before)
    assert continued(before, 0, after, at(1)) == after
    assert continued(before, 1, after, at(4)) == (before[0], *after)
    assert continued(before, 2, after, at(6)) == (*before[:2], after[2])
    assert continued(before, 0, after, at(13)) == after[1:], "what is due this instant is not promised anew"


def test_a_day_counts_if_the_clock_runs_when_it_ends() -> None:
    opened = datetime(2027, 3, 1, 3, tzinfo=UTC)
    terms = Terms(working_days=2, escalate_to="director", grace_days=1)
    schedule = Schedule(terms=terms, opened_at=opened, zone="Asia/Seoul", countries=())

    def due(*stops: Stop) -> date:
        ladder = schedule.model_copy(update={"stops": stops}).ladder(lambda day: day.isoweekday() < 6)
        return ladder[0].at.date()

    assert due() == date(2027, 3, 3)
    within_a_day = Stop(since=opened + timedelta(days=1), until=opened + timedelta(days=1, hours=2))
    assert due(within_a_day) == date(2027, 3, 3)
    longer = schedule.model_copy(update={"extra_days": 3})
    works = longer.ladder(lambda day: day.isoweekday() < 6)
    assert [step.at.date() for step in works] == [date(2027, 3, 8), date(2027, 3, 9)]
    assert all(step.at.tzinfo is UTC for step in works)
    over_a_night = Stop(since=opened + timedelta(days=1), until=opened + timedelta(days=2))
    assert due(over_a_night) == date(2027, 3, 4)


async def test_who_asked_first_confirms_in_the_same_words_what_the_other_came_to(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    said = [("expert.lim", 3), ("sec.han", 5), ("sec.han", 3), ("expert.lim", 3), ("expert.lim", 3)]
    answers = [await case.send("extend", extension(gate, actor, days)) for actor, days in said]
    assert all(answer.accepted for answer in answers)
    assert len({answer.seq for answer in answers}) == 4
    assert answers[-1].seq == answers[-2].seq, "the same again gets the same answer"
    actions = [row["action"] for row in case.history()]
    assert actions.count("extension asked for") == 3
    assert actions.count("deadline extended") == 1
