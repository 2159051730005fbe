"""The calendar: days that a government declares move open deadlines, by two people, on record."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from temporalio.testing import TimeSkipper

from activities.case import calendar, deadline
from activities.case.deadline import has_holidays, instants
from activities.case.gate import find_gate
from models.case.calendar import CalendarDay, CalendarOrder
from models.case.deadline import Ladder, Pause, Resume, Rung, Schedule, Terms, continued, due
from models.case.envelope import SELF_DECLARED
from models.case.rule import CaseRule
from models.tables.record import record
from services.case.calendar import Calendar, Done
from services.case.cases import Refused
from services.partnership.codes import programme_problems
from tests.support.command import inside
from tests.support.house import Case, House, proposal
from tests.support.installation import installation
from tests.support.patience import eventually
from tests.support.rewinding import reset_without_reapplying


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One of its own: days that are declared here move the deadlines of everybody."""
    async with installation(tmp_path_factory.mktemp("calendar")) as house:
        yield house


REGISTRARS = ("reg.eom", "reg.pyo")
OPENED = datetime(2027, 1, 28, 15, 30, tzinfo=UTC)
DAYS = st.dates(date(2027, 1, 1), date(2027, 6, 30))
COUNTRIES = st.sampled_from(["KR", "VN"])
SUPPLEMENTS = st.dictionaries(st.tuples(COUNTRIES, DAYS), st.booleans(), max_size=8)


def promised(supplement: dict[tuple[str, date], bool], working_days: int = 10) -> Ladder:
    terms = Terms(working_days=working_days, remind_before=(3,), escalate_to="director", grace_days=5)
    zone, countries = "Asia/Seoul", ("KR", "VN")
    return instants(Schedule(terms=terms, opened_at=OPENED, zone=zone, countries=countries), supplement)


@settings(max_examples=60)
@given(SUPPLEMENTS, COUNTRIES, DAYS, st.integers(1, 30))
def test_one_more_holiday_makes_nothing_earlier(
    before: dict[tuple[str, date], bool], country: str, day: date, working_days: int
) -> None:
    after = promised(before | {(country, day): False}, working_days)
    for step in promised(before, working_days):
        assert next(one.at for one in after if one.rung is step.rung) >= step.at


@settings(max_examples=60)
@given(SUPPLEMENTS, COUNTRIES, DAYS)
def test_a_day_that_is_taken_back_gives_the_first_instants(
    before: dict[tuple[str, date], bool], country: str, day: date
) -> None:
    works = before.get((country, day), day.isoweekday() < 6)
    by_law = promised(before | {(country, day): works})
    assert promised(before | {(country, day): works} | {(country, day): works}) == by_law
    assert promised({}) == promised({("TH", day): False}), "another country's day is none of ours"


def test_a_saturday_that_is_worked_counts() -> None:
    saturday = date(2027, 1, 30)
    both = promised({("KR", saturday): True, ("VN", saturday): True}, 1)
    assert due(both).astimezone(UTC).date() == saturday
    assert due(promised({("VN", saturday): True}, 1)).date() == date(2027, 2, 1), "Korea does not work"


def test_what_is_due_already_by_the_new_calendar_follows_at_once() -> None:
    """The engine was away for a week while a working day was declared."""
    holiday = {("KR", date(2027, 2, 15)): False}
    before, after = promised(holiday), promised({})
    now = due(after) + timedelta(hours=1)
    assert now < due(before)
    kept = continued(before, 1, after, now)
    assert [step.rung for step in kept] == [Rung.REMIND, Rung.ESCALATE, Rung.CONSEQUENCE]
    assert due(kept) == due(after)


def test_whose_holidays_are_not_known() -> None:
    assert has_holidays("VN")
    assert not has_holidays("ZZ")


def order(actor: str, day: date, **more: Any) -> CalendarOrder:
    fields = {"country": "VN", "day": day, "working": False, "name": "Joint leave"} | more
    return CalendarOrder(day=CalendarDay(**fields), actor=actor, reason="Decree 7.")


def declare(house: House, day: date, **more: Any) -> Done:
    """Two registrars say the same."""
    first, second = (
        Calendar(house.database, SELF_DECLARED).declare(order(actor, day, **more)) for actor in REGISTRARS
    )
    assert (first.in_force, second.in_force) == (False, True)
    return second


@pytest.mark.parametrize(
    ("actor", "more", "rule"),
    [
        ("nobody", {}, CaseRule.UNKNOWN_PERSON),
        ("coord.seo", {}, CaseRule.ROLE_NOT_HELD),
        ("reg.eom", {"day": date(2026, 1, 1)}, CaseRule.DAY_IS_OVER),
        ("reg.eom", {"day": date(2190, 1, 1)}, CaseRule.DAY_IS_FAR),
        ("reg.eom", {"country": "ZZ"}, CaseRule.NO_CALENDAR),
    ],
)
def test_who_may_not_and_what_cannot_be_declared(
    house: House, actor: str, more: dict[str, Any], rule: CaseRule
) -> None:
    with pytest.raises(Refused) as caught:
        Calendar(house.database, SELF_DECLARED).declare(order(actor, **({"day": soon(40)} | more)))
    assert caught.value.rule == rule
    assert caught.value.seq, "it is on record"


def test_a_country_without_holidays_is_refused_where_it_enters(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = house.partnerships.programme("k-city-2020")
    assert programme_problems(programme) == []
    known = deadline.supported()
    monkeypatch.setattr(deadline, "supported", lambda: known - {"VN"})
    with pytest.raises(Refused, match="the holidays of 'VN' are not known") as caught:
        house.partnerships.check(proposal())
    assert caught.value.rule == CaseRule.UNKNOWN_CODE
    (problem,) = programme_problems(programme)
    assert problem.startswith("countries: the holidays of 'VN'")


def test_it_takes_two(house: House) -> None:
    day = soon(41)
    assert not Calendar(house.database, SELF_DECLARED).declare(order("reg.eom", day)).in_force
    with pytest.raises(Refused) as caught:
        Calendar(house.database, SELF_DECLARED).declare(order("reg.eom", day))
    assert caught.value.rule == CaseRule.TWO_PEOPLE
    assert ("VN", day) not in house.read(lambda c: calendar.supplement(c, ["VN"]))


def soon(days: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=days)


def rescheduled(case: Case, times: int) -> list[dict[str, Any]] | None:
    found = [row for row in case.history() if row["action"] == "rescheduled: calendar"]
    return found if len(found) == times else None


def edited(house: House, case: Case, gate: str, seq: int) -> list[dict[str, Any]]:
    """The receipts of the opening of a gate, and of its rescheduling."""
    keys = (f"{gate}:opened", f"{gate}:calendar:{seq}")
    query = select(record.c.key, record.c.answer).where(record.c.key.in_(keys)).order_by(record.c.seq)
    return [{"answer": json.loads(row.answer)} for row in house.read(lambda c: c.execute(query).all())]


async def test_a_declared_day_moves_an_open_deadline_and_is_taken_back(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    before = json.loads(gate["ladder"])
    at = next(datetime.fromisoformat(step["at"]) for step in before if step["rung"] == Rung.ESCALATE)
    day = at.date()  # 23:59:59 in Seoul: the same day by UTC

    done = declare(house, day)
    (entry,) = await eventually(partial(rescheduled, case, 1), "the deadline moves")
    moved = house.read(lambda c: find_gate(c, gate["id"]))
    assert moved and moved["due_at"] > gate["due_at"]
    assert "Joint leave" in entry["reason"]
    facts = entry["payload"]["facts"]
    assert (facts["before"], facts["calendar"]) == (before, done.seq)
    assert facts["after"] == json.loads(moved["ladder"])
    assert "instead of" in str(entry["payload"]["effects"]), "those who sit there are told"
    assert house.read(calendar.untold) == []
    opened, now = (row["answer"]["opened"]["calendar"] for row in edited(house, case, gate["id"], done.seq))
    assert opened.startswith("holidays ")
    assert now.endswith(f", record {done.seq}"), "old instants keep the edition of the calendar"

    declare(house, day, working=True)
    await eventually(partial(rescheduled, case, 2), "it moves back")
    back = house.read(lambda c: find_gate(c, gate["id"]))
    assert back and json.loads(back["ladder"]) == before

    declare(house, day + timedelta(days=800))
    await case.handle.signal("calendar")
    await case.approve("review")
    assert rescheduled(case, 2), "what concerns no gate, and a signal that nobody sent, move nothing"
    assert "refused" not in case.actions()


async def test_the_clock_goes_by_the_new_day(house: House) -> None:
    terms = Terms(working_days=4, escalate_to="director", grace_days=5)
    review = house.partnerships.programme("k-city-2020").review.model_copy(update={"deadline": terms})
    house.programme("declared", review=review)
    case = await house.propose(programme="declared", country="TH", city="Bangkok", applicant="host.th")
    gate = await case.gate("review")
    declare(house, gate["due_at"].date(), country="TH")
    await eventually(partial(rescheduled, case, 1), "the deadline moves")
    later = house.read(lambda c: find_gate(c, gate["id"]))
    assert later
    skipper, now = TimeSkipper(house.client), datetime.now(UTC)
    await skipper.fast_forward(case.handle, gate["due_at"] - now + timedelta(hours=1))
    assert (await case.vote(gate, "expert.lim")).accepted
    assert "escalated" not in case.actions(), "the old day has passed"
    await skipper.fast_forward(case.handle, later["due_at"] - gate["due_at"])
    await eventually(lambda: "escalated" in case.actions(), "the new day has come")


async def test_a_reset_forgets_no_declared_day(house: House) -> None:
    case = await house.propose(country="MY", city="Melaka", applicant="host.my")
    gate = await case.gate("review")
    declare(house, gate["due_at"].date(), country="MY")
    await eventually(partial(rescheduled, case, 1), "the deadline moves")
    moved = house.read(lambda c: find_gate(c, gate["id"]))
    assert moved
    await reset_without_reapplying(case, case.handle)
    pause = Pause(gate=gate["id"], actor="sec.han", reason="The city must answer.")
    assert (await case.send("pause", pause)).accepted
    declare(house, moved["due_at"].date(), country="MY")
    resume = Resume(gate=gate["id"], actor="sec.han", reason="It has.")
    await eventually(lambda: house.read(calendar.untold) == [], "the case has heard")
    assert (await case.send("resume", resume)).accepted
    again = house.read(lambda c: find_gate(c, gate["id"]))
    assert again and again["due_at"] > moved["due_at"], "what was declared while it stood still counts"
    assert rescheduled(case, 1), "it was worked out when the clock went on"
    assert not {"diverged", "refused"} & set(case.actions())
    await case.withdraw()


async def test_a_flood_of_signals_writes_nothing(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    before = case.actions()
    for _ in range(100):
        await case.handle.signal("calendar")
    await case.withdraw()
    assert case.actions()[: len(before) + 1] == [*before, "withdrawal"]
    assert await case.ended() == "withdrawn"


async def test_what_opens_later_counts_the_day(house: House) -> None:
    day = soon(9)
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    declare(house, day, country="KR")
    case = await house.propose()
    gate = await case.gate("review")
    opening = json.loads(gate["ladder"])
    assert str(day) not in {step["at"][:10] for step in opening}
    listed = inside(house.settings.home, "calendar", "list", "-o", "json").data()
    assert {"country": "KR", "day": str(day)}.items() <= next(
        r for r in listed if r["day"] == str(day)
    ).items()


def test_the_command_says_what_became_of_it(house: House) -> None:
    words = ["calendar", "add", "TH", str(soon(50)), "--holiday", "--name", "A day", "--reason", "Decree 8"]
    assert "another registrar" in inside(house.settings.home, *words, "--as", "reg.eom").out
    assert "in force" in inside(house.settings.home, *words, "--as", "reg.pyo").out
    assert inside(house.settings.home, *words, "--as", "coord.seo").code == 5
