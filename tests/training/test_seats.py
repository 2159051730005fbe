"""The pure rules of seats and enrolments."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.training.questions import MOST_BYTES, that_fit
from models.training import seats
from models.training.cohort import Plan
from models.training.course import Attended, earns_certificate
from models.training.enrolment import BEFORE_THE_COURSE, IN_A_SEAT, TAKES_PART, Enrolment, EnrolmentState
from tests.support.house import sha
from tests.support.seats import next_up
from tests.support.training import plan, quotas

S = EnrolmentState


def enrolled(nominee: str, state: S, rank: int | None = None, **more: Any) -> Enrolment:
    """An official who stands there."""
    fields = {"country": nominee[:2].upper(), "authority": "nominator.vn", "dossier": sha("d")} | more
    return Enrolment(nominee=f"{nominee[:2]}-{nominee[2:]:0>10}", state=state, rank=rank, **fields)


def waits(nominee: str, rank: int) -> Enrolment:
    """An official who waits for a seat."""
    return enrolled(nominee, S.WAITLISTED, rank)


def order(planned: Plan, *enrolments: Enrolment) -> list[str]:
    """Who gets seats, in order, by the short names of these tests."""
    return [one.nominee[:3] + one.nominee[3:].lstrip("0") for one in seats.next_in_turn(planned, enrolments)]


TWO_ONE_ONE = plan("T-1", quotas=quotas(VN=2, TH=1), pool=1)


@pytest.mark.parametrize(
    ("enrolments", "expected"),
    [
        ([], []),
        (
            [waits("vn1", 1), waits("vn2", 2), waits("vn3", 3), waits("th1", 4)],
            ["vn-1", "vn-2", "th-1", "vn-3"],
        ),
        ([waits("th1", 1), waits("th2", 2), waits("vn1", 3)], ["th-1", "vn-1", "th-2"]),
        (
            [waits("th1", 1), waits("th2", 2), waits("th3", 3), waits("th4", 4), waits("th5", 5)],
            ["th-1", "th-2", "th-3", "th-4"],
        ),
        ([waits("mm1", 1), waits("vn1", 2)], ["vn-1", "mm-1"]),
        ([enrolled("vn1", S.CONFIRMED, 1), waits("vn2", 2), waits("th1", 3)], ["vn-2", "th-1"]),
        (
            [
                enrolled("vn1", S.VISA_REFUSED, 1),
                enrolled("vn2", S.ACCEPTED, 2),
                enrolled("th1", S.ATTENDING, 3),
                enrolled("th2", S.CONFIRMED, 4),
                waits("vn3", 5),
            ],
            [],
        ),
        (
            [
                enrolled("vn1", S.CONFIRMED, 1),
                enrolled("vn2", S.ATTENDING, 2),
                waits("vn3", 3),
                waits("th1", 4),
            ],
            ["th-1", "vn-3"],
        ),
        ([enrolled("vn1", S.DECLINED, 1), enrolled("vn2", S.NO_SHOW, 2), waits("vn3", 3)], ["vn-3"]),
    ],
)
def test_countries_come_first_in_their_seats_then_the_ranking_alone(
    enrolments: list[Enrolment], expected: list[str]
) -> None:
    assert order(TWO_ONE_ONE, *enrolments) == expected


@given(st.data(), st.integers(0, 3), st.integers(0, 3), st.integers(1, 3))
def test_all_at_once_are_those_who_are_next_one_by_one(
    data: st.DataObject, vn: int, th: int, pool: int
) -> None:
    planned = plan("T-1", quotas=quotas(VN=vn, TH=th), pool=pool, minimum=1)
    states = st.sampled_from([S.WAITLISTED, S.CONFIRMED, S.DECLINED])
    who = data.draw(st.lists(st.tuples(st.sampled_from(["vn", "th", "mm"]), states), max_size=12))
    there = {f"{c}-{n:0>10}": enrolled(f"{c}{n}", state, n) for n, (c, state) in enumerate(who, 1)}
    at_once = seats.next_in_turn(planned, tuple(there.values()))
    one_by_one = []
    while up := next_up(planned, tuple(there.values())):
        there[up.nominee] = up.model_copy(update={"state": S.ACCEPTED})
        one_by_one.append(up)
    assert [one.nominee for one in at_once] == [one.nominee for one in one_by_one]


def test_who_has_no_place_in_the_ranking_comes_last_in_an_order_that_does_not_change() -> None:
    late = [enrolled("vn9", S.WAITLISTED), enrolled("vn8", S.WAITLISTED), waits("vn7", 2000)]
    assert order(plan("T-1", quotas=quotas(VN=3), minimum=1), *late) == ["vn-7", "vn-8", "vn-9"]


@pytest.mark.parametrize(
    ("ranked", "unsuitable", "problem"),
    [
        (("a", "b"), (), None),
        (("b",), ("a",), None),
        (("a",), (), "b is not named."),
        (("a", "b", "a"), (), "a is named twice."),
        (("a", "b"), ("a",), "a is named twice."),
        (("a", "b", "c"), (), "c has no complete nomination here."),
        (("a", "b"), ("d",), "d has no complete nomination here."),
    ],
)
def test_a_ranking_names_every_nominee_once(
    ranked: tuple[str, ...], unsuitable: tuple[str, ...], problem: str | None
) -> None:
    assert seats.ranking_problem(ranked, unsuitable, {"a", "b"}) == problem


@pytest.mark.parametrize(
    ("days", "present", "percent", "earns"),
    [
        (10, 8, 80, True),
        (10, 7, 80, False),
        (3, 2, 66, True),
        (3, 2, 67, False),
        (0, 0, 1, False),
        (1, 1, 100, True),
    ],
)
def test_a_certificate_takes_as_many_days_as_the_programme_says(
    days: int, present: int, percent: int, earns: bool
) -> None:
    assert earns_certificate(Attended(days, present), percent) is earns


def test_a_page_of_the_roster_is_bounded_whatever_reasons_people_gave() -> None:
    """Five hundred reasons of the longest kind would be more than the engine takes in one answer."""
    wordy = [enrolled(f"vn{n}", S.WITHDRAWN, reason="\U0001d54f" * 4000) for n in range(40)]
    page = that_fit(wordy)
    assert 0 < len(page) < 40
    assert sum(len(one.model_dump_json().encode()) for one in page) <= MOST_BYTES
    assert that_fit(wordy[:1]) == wordy[:1]


@given(st.sampled_from(S), st.sampled_from(S))
def test_nobody_comes_back_from_an_end(one: S, other: S) -> None:
    ends = set(S) - BEFORE_THE_COURSE - IN_A_SEAT
    if one in ends:
        assert not enrolled("vn1", one).may_become(other)


def test_every_state_can_be_reached_and_none_twice_by_itself() -> None:
    reached = {S.NOMINATED, S.COMPLETE}
    while more := {to for at in reached for to in S if enrolled("vn1", at).may_become(to)} - reached:
        reached |= more
    assert reached == set(S)
    assert not any(enrolled("vn1", state).may_become(state) for state in S)
    assert TAKES_PART < IN_A_SEAT and TAKES_PART < BEFORE_THE_COURSE
