"""Whether people can do what a programme asks: seats, duties over several rounds, who must not be away."""

from hypothesis import given
from hypothesis import strategies as st

from models.case.duty import Act, Duty
from models.case.panel import Body, Panel
from models.case.seating import Staff, can_fill, enough
from models.case.staffing import Finding, Shortage, Step, shortages

APART = (Duty(one=Act.REVIEW, other=Act.APPROVE),)


def people(**roles: str) -> tuple[Staff, ...]:
    """People by name, with the roles they hold; an organisation stands behind ``@``."""
    found = []
    for name, text in roles.items():
        held, _, organisation = text.partition("@")
        found.append(Staff(name, name, frozenset({organisation}), frozenset(held.split())))
    return tuple(found)


def panel(*seats: str, quorum: int = 1, **more: str) -> Panel:
    """A panel of one body."""
    return Panel(bodies=(Body(seats=seats, quorum=quorum, **more),))


def decided(key: str, act: Act, of: Panel, rounds: int = 1) -> Step:
    """A step that a panel decides."""
    return Step(key, act, (), (of,), None, rounds)


def kinds(found: list[Finding]) -> list[tuple[str, Shortage]]:
    """Where something was found, and what."""
    return [(one.key, one.shortage) for one in found]


def test_a_role_that_nobody_holds_is_named_with_its_step() -> None:
    steps = (
        Step("award", Act.AWARD, ("secretariat",), called_in="director"),
        decided("review", Act.REVIEW, panel("expert", "expert", quorum=1)),
    )
    found = shortages(steps, (), people(an="expert", bo="expert"))
    assert kinds(found) == [("award", Shortage.NOBODY)] * 2
    assert [one.text for one in found] == [
        "Nobody holds the role secretariat.",
        "Nobody holds the role director.",
    ]


def test_everybody_takes_one_seat_at_most() -> None:
    pair = panel("expert", "ministry", quorum=2)
    assert not can_fill(pair, people(an="expert ministry"))
    assert can_fill(pair, people(an="expert ministry", bo="expert"))
    assert not can_fill(pair, people(an="expert", bo="expert"))
    two = Panel(bodies=(Body(name="a", seats=("x",), quorum=1), Body(name="b", seats=("x", "y"), quorum=1)))
    assert not can_fill(two, people(an="x y"))
    assert can_fill(two, people(an="x y", bo="x"))


def test_seats_of_an_organisation_are_taken_by_its_own_people() -> None:
    ours = panel("expert", organisation="molit")
    assert not can_fill(ours, people(an="expert@kind"))
    assert can_fill(ours, people(an="expert@kind", bo="expert@molit"))


def test_who_must_not_be_away_is_named_and_stops_nothing() -> None:
    found = shortages((decided("launch", Act.LAUNCH, panel("director")),), (), people(kang="director"))
    assert kinds(found) == [("launch", Shortage.ONE_PERSON)]
    assert "kang" in found[0].text
    assert not found[0].shortage.stops


REVIEW = decided("review", Act.REVIEW, panel("expert", "ministry", quorum=1), rounds=2)
FUNDING = decided("funding", Act.APPROVE, panel("ministry", "treasury", quorum=2))
OFFICERS = {"an": "expert", "bo": "expert", "park": "ministry", "jung": "ministry"}
TREASURY = {"cho": "treasury", "min": "treasury"}


def test_a_review_returned_once_can_use_up_both_officers_of_the_ministry() -> None:
    found = shortages((REVIEW, FUNDING), APART, people(**OFFICERS, **TREASURY))
    assert kinds(found) == [("funding", Shortage.DEAD_END)]
    assert "Once park and jung acted in review" in found[0].text


def test_one_round_a_third_officer_or_no_duty_is_no_dead_end() -> None:
    there = people(**OFFICERS, **TREASURY)
    assert shortages((REVIEW._replace(rounds=1), FUNDING), APART, there) == []
    assert shortages((REVIEW, FUNDING), APART, people(**OFFICERS, **TREASURY, third="ministry")) == []
    assert shortages((REVIEW, FUNDING), (), there) == []
    assert shortages((FUNDING, REVIEW), APART, there) == [], "what comes later bars nobody before"


def test_who_can_hand_in_the_work_may_be_the_last_one_who_could_decide_on_it() -> None:
    steps = (
        Step("delivery", Act.DELIVER, ("contractor",)),
        decided("acceptance", Act.EVALUATE, panel("expert")),
    )
    found = shortages(steps, (), people(an="expert contractor"))
    assert (Shortage.DEAD_END, "acceptance") in {(one.shortage, one.key) for one in found}


def test_a_directory_of_thousands_is_looked_at_for_the_few_who_matter() -> None:
    crowd = {f"x{number}": "expert treasury" for number in range(20_000)}
    found = shortages((REVIEW, FUNDING), APART, people(**OFFICERS, **crowd))
    assert kinds(found) == [("funding", Shortage.DEAD_END)]
    assert "Once park and jung acted in review" in found[0].text


ROLES = ("a", "b", "c")
STAFF = st.lists(st.sets(st.sampled_from(ROLES), min_size=1), max_size=4).map(
    lambda held: tuple(Staff(f"p{at}", f"p{at}", frozenset(), frozenset(of)) for at, of in enumerate(held))
)
BODIES = st.lists(
    st.lists(st.sampled_from(ROLES), min_size=1, max_size=3).flatmap(
        lambda seats: st.tuples(st.just(tuple(seats)), st.integers(1, len(seats)))
    ),
    min_size=1,
    max_size=2,
).map(
    lambda given: Panel(
        bodies=tuple(Body(name=f"b{at}", seats=seats, quorum=of) for at, (seats, of) in enumerate(given))
    )
)


@given(BODIES, STAFF)
def test_seats_can_be_filled_exactly_where_somebody_finds_a_way(of: Panel, staff: tuple[Staff, ...]) -> None:
    assert can_fill(of, staff) is tried(of, staff)


def tried(of: Panel, staff: tuple[Staff, ...]) -> bool:
    """The same by trying everybody on every seat."""
    seats = [(at, role) for at, body in enumerate(of.bodies) for role in body.seats]

    def ways(left: tuple[tuple[int, str], ...], free: frozenset[str], filled: tuple[int, ...]) -> bool:
        if not left:
            bodies = enumerate(of.bodies)
            return all(filled.count(at) >= body.needed(len(body.seats)) for at, body in bodies)
        (at, role), *others = left
        able = (one.who for one in staff if one.who in free and role in one.roles)
        taken = (ways(tuple(others), free - {who}, (*filled, at)) for who in able)
        return any(taken) or ways(tuple(others), free, filled)

    return ways(tuple(seats), frozenset(one.who for one in staff), ())


@given(st.sampled_from([1, 2, 3]), STAFF)
def test_a_dead_end_is_one(rounds: int, staff: tuple[Staff, ...]) -> None:
    """Whoever is named leaves a panel behind that cannot be filled, and all of them fit into the rounds."""
    review = decided("review", Act.REVIEW, panel("a", "b"), rounds)
    funding = decided("funding", Act.APPROVE, panel("b", "c", quorum=2))
    found = [one for one in shortages((review, funding), APART, staff) if one.shortage is Shortage.DEAD_END]
    for one in found:
        named = one.text.removeprefix("Once ").partition(" acted")[0].split(" and ")
        left = tuple(somebody for somebody in staff if somebody.name not in named)
        assert can_fill(funding.panels[0], staff)
        assert not can_fill(funding.panels[0], left)
        assert len(named) <= 2 * rounds


@given(BODIES, STAFF, st.integers(0, 2), st.data())
def test_whoever_is_left_out_would_change_nothing(
    of: Panel, staff: tuple[Staff, ...], away: int, data: st.DataObject
) -> None:
    there = enough(of, staff, away)
    gone = data.draw(st.sets(st.sampled_from([one.who for one in there]), max_size=away)) if there else set()
    left, few = (tuple(one for one in some if one.who not in gone) for some in (staff, there))
    assert can_fill(of, few) is can_fill(of, left)
