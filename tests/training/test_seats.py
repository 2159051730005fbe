"""The pure rules of seats and enrolments: by example, and by a machine that knows nothing of the workflow."""

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.training import seats
from models.training.cohort import Plan
from models.training.course import Attended, earns_certificate
from models.training.enrolment import BEFORE_THE_COURSE, IN_A_SEAT, TAKES_PART, Enrolment, EnrolmentState
from tests.support.house import sha
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


def next_up(planned: Plan, enrolments: tuple[Enrolment, ...]) -> Enrolment | None:
    """Who gets the next free seat, as the rule is told: one seat, one look at everybody."""
    seated = [one for one in enrolments if one.state in IN_A_SEAT]
    if len(seated) >= planned.seats:
        return None
    queue = sorted((one for one in enrolments if one.state is S.WAITLISTED), key=lambda one: one.rank or 0)
    for one in queue:
        quota = planned.quota_of(one.country)
        if quota and sum(other.country == one.country for other in seated) < quota.seats:
            return one
    return queue[0] if queue else None


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


STEPS = 200 if os.environ.get("ACCORD_PROVE") else 40


class Seats(RuleBasedStateMachine):
    """Nominations, acceptances, withdrawals, substitutes, cut-offs, mergers and cancellations, in any order.

    What is checked is written down here a second time, in other words than the rules have.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enrolments: dict[str, Enrolment] = {}
        self.number = 0
        self.closed = False
        self.given: list[str] = []

    @initialize(vn=st.integers(0, 3), th=st.integers(0, 3), pool=st.integers(1, 3))
    def begin(self, vn: int, th: int, pool: int) -> None:
        self.plan = plan("T-1", quotas=quotas(VN=vn, TH=th), pool=pool, minimum=1)

    def _put(self, one: Enrolment) -> None:
        self.enrolments[one.nominee] = one

    def _become(self, one: Enrolment, state: S) -> None:
        assert one.may_become(state)
        self._put(one.model_copy(update={"state": state}))

    def _some(self, *states: S) -> list[Enrolment]:
        return [one for one in self.enrolments.values() if one.state in states]

    @precondition(lambda self: not self.closed)
    @rule(country=st.sampled_from(["vn", "th", "mm"]))
    def is_found_suitable(self, country: str) -> None:
        self.number += 1
        self._put(waits(f"{country}{self.number}", self.number))

    @precondition(lambda self: not self.closed)
    @rule()
    def give_all(self) -> None:
        for one in seats.next_in_turn(self.plan, tuple(self.enrolments.values())):
            self._check_turn(one)
            self._become(self.enrolments[one.nominee], S.ACCEPTED)

    def _check_turn(self, one: Enrolment) -> None:
        """Nobody ahead of them in the ranking had the better right."""
        now = self.enrolments.values()
        held = {c: sum(o.seated and o.country == c for o in now) for c in ("VN", "TH", "MM")}
        quota = {q.country: q.seats for q in self.plan.quotas} | {"MM": 0}
        ahead = [o for o in now if o.state is S.WAITLISTED and (o.rank or 0) < (one.rank or 0)]
        own = held[one.country] < quota[one.country]
        for other in ahead:
            assert own and held[other.country] >= quota[other.country]
        if not own:
            assert not any(held[o.country] < quota[o.country] for o in self._some(S.WAITLISTED))
        assert sum(held.values()) < self.plan.seats

    @precondition(lambda self: self._some(S.ACCEPTED))
    @rule(data=st.data(), to=st.sampled_from([S.CONFIRMED, S.DECLINED, S.LAPSED, S.REJECTED]))
    def answer(self, data: st.DataObject, to: S) -> None:
        self._become(data.draw(st.sampled_from(self._some(S.ACCEPTED))), to)

    @precondition(lambda self: self._some(*BEFORE_THE_COURSE))
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        self._become(data.draw(st.sampled_from(self._some(*BEFORE_THE_COURSE))), S.WITHDRAWN)

    @precondition(lambda self: self._some(*TAKES_PART))
    @rule(data=st.data())
    def visa_is_refused(self, data: st.DataObject) -> None:
        self._become(data.draw(st.sampled_from(self._some(*TAKES_PART))), S.VISA_REFUSED)

    @precondition(lambda self: self._some(*TAKES_PART, S.VISA_REFUSED) and not self.closed)
    @rule(data=st.data())
    def substitute(self, data: st.DataObject) -> None:
        before = sum(one.seated for one in self.enrolments.values())
        leaving = data.draw(st.sampled_from(self._some(*TAKES_PART, S.VISA_REFUSED)))
        self._become(leaving, S.REPLACED)
        self.number += 1
        self._put(enrolled(f"{leaving.nominee[:2]}{self.number}", S.CONFIRMED))
        assert sum(one.seated for one in self.enrolments.values()) == before

    @rule()
    def cut_off(self) -> None:
        self.closed = True
        for one in self._some(S.VISA_REFUSED):
            self._become(one, S.LAPSED)

    @precondition(lambda self: self.closed)
    @rule()
    def postpone(self) -> None:
        self.closed = False

    @precondition(lambda self: not self.closed)
    @rule(number=st.integers(1, 4))
    def another_cohort_is_merged_into_this_one(self, number: int) -> None:
        for _ in range(number):
            self.number += 1
            self._put(waits(f"mm{self.number}", self.number))

    @rule(into=st.sampled_from([S.MOVED, S.CANCELLED]))
    def is_merged_or_cancelled(self, into: S) -> None:
        for one in self._some(*BEFORE_THE_COURSE):
            self._become(one, into)

    @invariant()
    def seats_never_exceed_the_plan(self) -> None:
        if hasattr(self, "plan"):
            assert sum(one.state in IN_A_SEAT for one in self.enrolments.values()) <= self.plan.seats
            assert seats.free(self.plan, self.enrolments.values()) >= 0

    @invariant()
    def nobody_waits_beside_a_free_seat_once_all_are_given(self) -> None:
        if hasattr(self, "plan") and not self.closed:
            rest = dict(self.enrolments)
            for one in seats.next_in_turn(self.plan, tuple(rest.values())):
                rest[one.nominee] = one.model_copy(update={"state": S.ACCEPTED})
            left = any(one.state is S.WAITLISTED for one in rest.values())
            assert not left or seats.free(self.plan, rest.values()) == 0


Seats.TestCase.settings = settings(
    max_examples=600 if os.environ.get("ACCORD_PROVE") else 40, stateful_step_count=STEPS, deadline=None
)
TestSeats = Seats.TestCase
