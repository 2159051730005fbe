"""Duties: what takes two people in one case."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from models.case.duty import ALWAYS, DECIDING, Act, Duty, breach

acts = st.sampled_from(Act)
sets_of_acts = st.frozensets(acts)
duties = st.lists(acts, min_size=2, max_size=2, unique=True).map(lambda two: Duty(one=two[0], other=two[1]))
REVIEW_APART = Duty(one=Act.REVIEW, other=Act.APPROVE)
HANDED_IN = {"draft", "deliver", "request"}
DECIDED = {"review", "approve", "evaluate", "clear", "pay", "launch"}


def apart(given: tuple[Duty, ...]) -> set[frozenset[str]]:
    """Every pair of acts that these duties keep apart, with those that are apart always."""
    always = {frozenset({mine, theirs}) for mine in HANDED_IN for theirs in DECIDED}
    always |= {frozenset({"request", "reconcile"}), frozenset({"pay", "reconcile"})}
    return always | {frozenset({str(duty.one), str(duty.other)}) for duty in given}


def test_duty_may_be_written_as_a_pair() -> None:
    written = TypeAdapter(tuple[Duty, ...]).validate_json('[["review", "approve"], ["approve", "pay"]]')
    assert written == (REVIEW_APART, Duty(one=Act.APPROVE, other=Act.PAY))


def test_duty_is_the_same_after_a_journey_as_json() -> None:
    assert Duty.model_validate_json(REVIEW_APART.model_dump_json()) == REVIEW_APART


def test_duty_is_read_aloud_as_two_acts_that_differ() -> None:
    assert str(REVIEW_APART) == "review ≠ approve"


@pytest.mark.parametrize("act", Act)
def test_act_is_not_kept_apart_from_itself(act: Act) -> None:
    with pytest.raises(ValidationError, match="keeps two different acts apart"):
        Duty(one=act, other=act)
    with pytest.raises(ValidationError, match="keeps two different acts apart"):
        Duty.model_validate([act, act])


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["review"],
        ["review", "approve", "pay"],
        ["review", "applaud"],
        "review",
        {"one": "review"},
        {"one": "review", "other": "approve", "also": "pay"},
    ],
)
def test_what_is_no_pair_of_acts_is_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        Duty.model_validate(wrong)


def test_first_duty_that_is_broken_is_named_and_what_always_holds_comes_first() -> None:
    again, pay = Duty(one=Act.REVIEW, other=Act.DRAFT), Duty(one=Act.AWARD, other=Act.REVIEW)
    assert breach((pay, again), frozenset({Act.AWARD, Act.DRAFT}), Act.REVIEW) == Duty(
        one=Act.DRAFT, other=Act.REVIEW
    )
    assert breach((again, pay), frozenset({Act.AWARD}), Act.REVIEW) == pay


@given(duties, acts, acts)
def test_duty_forbids_its_two_acts_in_either_order_and_nothing_else(duty: Duty, done: Act, act: Act) -> None:
    assert duty.forbids(done, act) == duty.forbids(act, done) == ({done, act} == {duty.one, duty.other})


@pytest.mark.parametrize("duty", ALWAYS)
def test_what_is_always_forbidden_is_to_decide_on_what_one_handed_in(duty: Duty) -> None:
    assert ((duty.one in HANDED_IN) and (duty.other in DECIDED)) or duty.other is Act.RECONCILE


@pytest.mark.parametrize("done", [Act.REQUEST, Act.PAY])
def test_who_asked_for_a_payment_or_approved_it_does_not_say_that_the_bank_has_paid(done: Act) -> None:
    assert breach((), frozenset({done}), Act.RECONCILE) == Duty(one=done, other=Act.RECONCILE)
    assert breach((), frozenset({Act.AWARD, Act.RECONCILE}), done) == Duty(one=done, other=Act.RECONCILE)


def test_all_that_is_handed_in_is_kept_from_all_that_decides() -> None:
    assert {str(act) for act in DECIDING} == DECIDED
    assert len(ALWAYS) == len(set(ALWAYS)) == 20


@pytest.mark.parametrize("handed_in", sorted(HANDED_IN))
@pytest.mark.parametrize("decided", sorted(DECIDED))
def test_nobody_decides_on_what_they_handed_in_even_where_no_duty_is_set(
    handed_in: str, decided: str
) -> None:
    duty = Duty(one=Act(handed_in), other=Act(decided))
    assert breach((), frozenset({Act(handed_in)}), Act(decided)) == duty
    assert breach((), frozenset({Act(decided)}), Act(handed_in)) == duty


@pytest.mark.parametrize(
    ("done", "act"),
    [
        ("draft", "deliver"),
        ("draft", "award"),
        ("award", "deliver"),
        ("review", "approve"),
        ("pay", "launch"),
    ],
)
def test_other_acts_are_free_where_no_duty_is_set(done: str, act: str) -> None:
    assert breach((), frozenset({Act(done)}), Act(act)) is None
    assert breach((), frozenset({Act(act)}), Act(done)) is None


@given(st.lists(duties, max_size=3).map(tuple), acts)
def test_who_has_done_nothing_may_do_anything(given: tuple[Duty, ...], act: Act) -> None:
    assert breach(given, frozenset(), act) is None


@given(st.lists(duties, max_size=3).map(tuple), acts)
def test_same_act_may_be_done_again(given: tuple[Duty, ...], act: Act) -> None:
    assert breach(given, frozenset({act}), act) is None


@given(st.lists(duties, max_size=4).map(tuple), sets_of_acts, acts)
def test_duty_is_broken_exactly_when_an_act_meets_one_it_is_kept_from(
    given: tuple[Duty, ...], done: frozenset[Act], act: Act
) -> None:
    broken = breach(given, done, act)
    expected = any(frozenset({str(before), str(act)}) in apart(given) for before in done)
    assert (broken is not None) == expected
    if broken:
        assert act in (broken.one, broken.other)
        assert {broken.one, broken.other} - {act} <= done
        assert frozenset({str(broken.one), str(broken.other)}) in apart(given)


@given(st.lists(duties, max_size=4).map(tuple), sets_of_acts, sets_of_acts, acts)
def test_who_has_done_more_may_never_do_more(
    given: tuple[Duty, ...], done: frozenset[Act], more: frozenset[Act], act: Act
) -> None:
    assert breach(given, done, act) is None or breach(given, done | more, act) is not None


@given(st.lists(duties, max_size=4).map(tuple), st.lists(duties, max_size=2).map(tuple), sets_of_acts, acts)
def test_another_duty_allows_nothing_that_was_forbidden(
    given: tuple[Duty, ...], more: tuple[Duty, ...], done: frozenset[Act], act: Act
) -> None:
    assert breach(given, done, act) is None or breach((*given, *more), done, act) is not None


@given(st.lists(duties, max_size=4).map(tuple), st.lists(acts, max_size=8))
def test_who_keeps_to_the_duties_never_comes_to_have_done_both(
    given: tuple[Duty, ...], wanted: list[Act]
) -> None:
    done = frozenset[Act]()
    for act in wanted:
        done |= {act} if breach(given, done, act) is None else set()
    assert not any(frozenset(map(str, two)) in apart(given) for two in combinations(done, 2))
