"""Confirmation: what is the same request, when it lapses, and that it takes two subjects."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.base import Message
from models.case.confirmation import LAPSES_AFTER, Confirmed, Request, Step, confirm, requested
from models.case.rule import Broken, CaseRule

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Wanted(Message):
    """Something that takes two."""

    gate: str
    days: int
    actor: str
    reason: str = ""
    note: str = ""
    comment: str = ""


def request(what: str = "w", who: str = "a", after: timedelta = timedelta(0)) -> Request:
    """Somebody asks."""
    return Request(what=what, who=who, actor=f"{who}.account", at=T0 + after)


def test_two_people_ask_for_the_same_whatever_their_reasons() -> None:
    one = Wanted(gate="g", days=5, actor="a", reason="r", note="n", comment="c")
    assert requested(one) == requested(Wanted(gate="g", days=5, actor="b"))
    assert requested(one) != requested(one.model_copy(update={"days": 6}))
    assert requested(one) != requested(one.model_copy(update={"gate": "h"}))


def test_the_first_asks() -> None:
    assert confirm(None, request()) == Confirmed(Step.ASKED, request())


def test_the_second_confirms_what_the_first_asked() -> None:
    assert confirm(request(), request(who="b")) == Confirmed(Step.CONFIRMED, request())


def test_the_same_subject_does_not_confirm_itself() -> None:
    other_account = request().model_copy(update={"actor": "a.second"})
    assert confirm(request(), other_account) == Broken(CaseRule.TWO_PEOPLE)


def test_another_request_takes_the_place_of_the_first() -> None:
    other = request(what="x", who="b")
    assert confirm(request(), other) == Confirmed(Step.ASKED, other)


def test_a_request_lapses() -> None:
    too_long = LAPSES_AFTER + timedelta(seconds=1)
    last, late = request(who="b", after=LAPSES_AFTER), request(who="b", after=too_long)
    assert confirm(request(), last) == Confirmed(Step.CONFIRMED, request())
    assert confirm(request(), late) == Confirmed(Step.ASKED, late)
    again = request(after=too_long)
    assert confirm(request(), again) == Confirmed(Step.ASKED, again), "also for who asked before"


asks = st.builds(
    request,
    st.sampled_from("wx"),
    st.sampled_from("abc"),
    st.integers(0, 60).map(lambda day: timedelta(days=day)),
)


@given(st.lists(asks, max_size=12).map(lambda them: sorted(them, key=lambda one: one.at)))
def test_nothing_is_confirmed_but_by_two_subjects_within_the_time(them: list[Request]) -> None:
    pending: Request | None = None
    for new in them:
        said = confirm(pending, new)
        if isinstance(said, Broken):
            assert pending and pending.who == new.who and pending.what == new.what
            continue
        if said.step is Step.CONFIRMED:
            assert said.request is pending
            assert said.request.who != new.who and said.request.what == new.what
            assert new.at - said.request.at <= LAPSES_AFTER
            pending = None
        else:
            assert said.request is new
            pending = new
