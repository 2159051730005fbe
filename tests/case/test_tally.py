"""The tally: what a set of ballots amounts to, held against a simple way to count them by hand."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice, permutations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.case.panel import Body, Choice, Outcome, Panel, Share
from models.case.tally import Ballot, count, of_body, reachable, speaking, tally

ROLES = ("expert", "ministry", "treasury")
APPROVE, REJECT, RETURN, ABSTAIN, RECUSE = Choice
APPROVED, REJECTED, RETURNED, *_ = Outcome
LEAST = {Share.MAJORITY: Fraction(1, 2), Share.TWO_THIRDS: Fraction(2, 3), Share.ALL: Fraction(1)}
PRESIDENTIAL = "presidential-committee"
MINISTRIES = ("finance", "foreign-affairs", "science", "environment")
PARTNERS = tuple(f"partner-{number}" for number in range(1, 11))
GROUPS = (PRESIDENTIAL, "molit", *MINISTRIES, *PARTNERS)


@st.composite
def bodies(draw: st.DrawFn, name: str = "panel", most: int = 4) -> Body:
    """Any body of a few seats. Its chair, if it has one, is the only one with a veto."""
    seats = tuple(draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=most)))
    quorum = draw(st.sampled_from(Share) | st.integers(1, len(seats)))
    alone = sorted({role for role in seats if seats.count(role) == 1})
    chair = draw(st.sampled_from([None, *alone]))
    holders = [chair] if chair else sorted(set(seats))
    veto = tuple(draw(st.lists(st.sampled_from(holders), unique=True, max_size=2)))
    return Body(name=name, seats=seats, quorum=quorum, veto=veto, chair=chair)


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """One body, or up to three side by side or in a chain."""
    names = ("first", "second", "third")[: draw(st.integers(1, 3))]
    most = 4 if len(names) == 1 else 3
    return Panel(bodies=tuple(draw(bodies(name, most)) for name in names), chain=draw(st.booleans()))


@st.composite
def sessions(draw: st.DrawFn) -> tuple[Panel, tuple[Ballot, ...]]:
    """A panel and the ballots given so far; in a chain only of bodies whose turn has come."""
    panel, said = draw(panels()), list[Ballot]()
    for body in panel.bodies:
        order = draw(st.permutations(body.seats))
        spoken = draw(st.integers(0, len(order)))
        said += ballots(
            body, draw(st.lists(st.sampled_from(Choice), min_size=spoken, max_size=spoken)), order
        )
        if panel.chain and endings(body, said) != {APPROVED}:
            break
    return panel, tuple(draw(st.permutations(said)))


def ballots(
    body: Body, verdicts: Iterable[Choice | str], seats: Iterable[str] | None = None
) -> tuple[Ballot, ...]:
    """One ballot of each verdict, seat after seat."""
    pairs = zip(seats or body.seats, verdicts, strict=False)
    return tuple(Ballot(body=body.name, role=role, verdict=Choice(verdict)) for role, verdict in pairs)


def by_hand(body: Body, said: list[tuple[str, Choice]]) -> Outcome:
    """What a body decides once every seat has spoken, as it would be counted on paper."""
    verdicts = [verdict for _, verdict in said if verdict is not RECUSE]
    yes, no = verdicts.count(APPROVE), verdicts.count(REJECT)
    if any(verdict is REJECT and role in body.veto for role, verdict in said):
        return REJECTED
    if enough(body, yes, len(verdicts)):
        return APPROVED
    if yes == no and (body.chair, APPROVE) in said:
        return APPROVED
    if yes == no and (body.chair, REJECT) in said:
        return REJECTED
    if no and not enough(body, len(verdicts) - no, len(verdicts)):
        return REJECTED
    return RETURNED if RETURN in verdicts else REJECTED


def enough(body: Body, yes: int, sitting: int) -> bool:
    """Whether ``yes`` approvals of ``sitting`` members are a quorum; nobody is never enough."""
    if isinstance(body.quorum, int):
        return yes >= body.quorum
    share = Fraction(yes, sitting) if sitting else Fraction(0)
    return share > LEAST[body.quorum] if body.quorum is Share.MAJORITY else share >= LEAST[body.quorum]


def endings(body: Body, given: Iterable[Ballot]) -> set[Outcome]:
    """Every outcome of a body, over all ways in which the silent seats may still speak."""
    said = [(ballot.role, ballot.verdict) for ballot in given if ballot.body == body.name]
    silent = list(body.seats)
    for role, _ in said:
        silent.remove(role)
    ways = product(Choice, repeat=len(silent))
    return {by_hand(body, [*said, *zip(silent, way, strict=True)]) for way in ways}


def together(panel: Panel, decided: Iterable[Outcome]) -> Outcome:
    """What the outcomes of the bodies, in their order, make of the panel."""
    noes = [outcome for outcome in decided if outcome is not APPROVED]
    if panel.chain:
        return noes[0] if noes else APPROVED
    return REJECTED if REJECTED in noes else RETURNED if noes else APPROVED


def possible(panel: Panel, given: tuple[Ballot, ...]) -> set[Outcome]:
    """Every outcome of the panel that the ballots still to come can lead to, tried out one by one."""
    return {together(panel, way) for way in product(*(endings(body, given) for body in panel.bodies))}


def next_ballots(panel: Panel, given: tuple[Ballot, ...]) -> Iterator[Ballot]:
    """Every single ballot that could be the next."""
    for body in speaking(panel, given):
        mine = [ballot.role for ballot in given if ballot.body == body.name]
        for role in dict.fromkeys(body.seats):
            if mine.count(role) < body.seats.count(role):
                yield from (Ballot(body=body.name, role=role, verdict=verdict) for verdict in Choice)


def one(**fields: Any) -> tuple[Panel, Body]:
    """A panel of one body, and that body."""
    body = Body(**fields)
    return Panel(bodies=(body,)), body


def outcome(body: Body, verdicts: str) -> Outcome | None:
    """What these verdicts, seat after seat, amount to; ``-`` is a seat that is silent."""
    said = [
        Ballot(body=body.name, role=role, verdict=Choice(verdict))
        for role, verdict in zip(body.seats, verdicts.split(), strict=False)
        if verdict != "-"
    ]
    return tally(Panel(bodies=(body,)), said)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"seats": ("expert", "ministry"), "quorum": 3}, "quorum 3 is more than the 2 seats"),
        ({"seats": ("expert",), "quorum": 0}, "quorum"),
        ({"seats": ("expert",), "quorum": -1}, "quorum"),
        ({"seats": ("expert",), "quorum": "most"}, "quorum"),
        ({"seats": (), "quorum": 1}, "seats"),
        ({"seats": (), "quorum": "all"}, "seats"),
        ({"seats": ("expert",) * 31, "quorum": 1}, "seats"),
        ({"seats": ("expert",), "quorum": 1, "veto": ("treasury",)}, "veto by 'treasury', which has no seat"),
        ({"seats": ("expert",), "quorum": 1, "chair": "ministry"}, "chair 'ministry' must have exactly one"),
        ({"seats": ("expert",) * 2, "quorum": 1, "chair": "expert"}, "chair 'expert' must have exactly one"),
    ],
)
def test_body_that_could_never_work_is_refused(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Body(**fields)


def test_two_bodies_of_one_name_are_refused() -> None:
    body = Body(name="experts", seats=("expert",), quorum=1)
    with pytest.raises(ValidationError, match="two bodies have the name 'experts'"):
        Panel(bodies=(body, body))


def test_panel_without_bodies_is_refused() -> None:
    with pytest.raises(ValidationError, match="bodies"):
        Panel(bodies=())


def test_panel_of_one_body_may_be_written_as_that_body() -> None:
    panel, body = one(seats=ROLES, quorum=Share.MAJORITY, chair="ministry")
    assert Panel.model_validate({"seats": ROLES, "quorum": "majority", "chair": "ministry"}) == panel
    assert body.name == "panel"


def test_roles_of_a_panel_are_named_once_each_in_their_order() -> None:
    first = Body(name="first", seats=("treasury", "expert", "expert"), quorum=1)
    second = Body(name="second", seats=("expert", "ministry"), quorum=1)
    assert Panel(bodies=(first, second)).roles == ("treasury", "expert", "ministry")


@given(panels())
def test_panel_is_the_same_after_a_journey_as_json(panel: Panel) -> None:
    assert Panel.model_validate_json(panel.model_dump_json()) == panel


@pytest.mark.parametrize(
    ("share", "needed"),
    [
        (Share.MAJORITY, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
        (Share.TWO_THIRDS, [1, 1, 2, 2, 3, 4, 4, 5, 6, 6]),
        (Share.ALL, [1, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_share_of_none_to_nine_members(share: Share, needed: list[int]) -> None:
    assert [share.of(sitting) for sitting in range(10)] == needed


@given(st.sampled_from(Share), st.integers(1, 30))
def test_share_is_the_least_number_that_is_enough(share: Share, sitting: int) -> None:
    body = Body(seats=("expert",) * sitting, quorum=share)
    assert enough(body, share.of(sitting), sitting)
    assert not enough(body, share.of(sitting) - 1, sitting)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("", None),
        ("approve", None),
        ("approve approve", APPROVED),
        ("reject approve approve", APPROVED),
        ("return", None),
        ("return reject", None),
        ("return return", RETURNED),
        ("reject reject", REJECTED),
        ("approve reject reject", REJECTED),
        ("approve reject return", RETURNED),
        ("approve return return", RETURNED),
        ("return return reject", RETURNED),
        ("reject reject return", REJECTED),
        ("abstain abstain", None),
        ("abstain abstain abstain", REJECTED),
        ("abstain approve return", RETURNED),
        ("abstain approve approve", APPROVED),
    ],
)
def test_two_of_three(verdicts: str, expected: Outcome | None) -> None:
    assert outcome(Body(seats=ROLES, quorum=2), verdicts) is expected


@pytest.mark.parametrize(
    ("quorum", "verdicts", "expected"),
    [
        (Share.ALL, "recuse approve", None),
        (Share.ALL, "recuse approve approve", APPROVED),
        (3, "recuse approve approve", REJECTED),
        (3, "recuse approve return", RETURNED),
        (3, "recuse reject", REJECTED),
        (Share.MAJORITY, "recuse approve", None),
        (Share.MAJORITY, "recuse recuse approve", APPROVED),
        (2, "recuse recuse approve", REJECTED),
        (Share.MAJORITY, "recuse recuse recuse", REJECTED),
        (Share.TWO_THIRDS, "recuse recuse recuse", REJECTED),
        (Share.ALL, "recuse recuse recuse", REJECTED),
        (1, "recuse recuse recuse", REJECTED),
    ],
)
def test_recusal_of_members_of_three(quorum: Share | int, verdicts: str, expected: Outcome | None) -> None:
    assert outcome(Body(seats=ROLES, quorum=quorum), verdicts) is expected


@pytest.mark.parametrize("verdict", [ABSTAIN, RETURN])
def test_abstention_stays_in_the_denominator_where_a_recusal_leaves_it(verdict: Choice) -> None:
    body = Body(seats=ROLES, quorum=Share.MAJORITY)
    assert outcome(body, f"{verdict} {verdict} approve") is not APPROVED
    assert outcome(body, "recuse recuse approve") is APPROVED


@given(bodies(), st.data())
def test_recusal_lowers_a_share_and_never_an_absolute_quorum(body: Body, data: st.DataObject) -> None:
    recused = data.draw(st.integers(0, len(body.seats)))
    counted = count(body, ballots(body, [RECUSE] * recused))
    if isinstance(body.quorum, int):
        assert counted.needed == body.quorum
    else:
        assert counted.needed == body.quorum.of(len(body.seats) - recused)
    assert counted.needed >= 1


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("approve approve", None),
        ("approve approve approve", APPROVED),
        ("approve approve abstain", APPROVED),
        ("approve approve recuse", APPROVED),
        ("- - reject", REJECTED),
        ("approve approve reject", REJECTED),
        ("reject approve approve", APPROVED),
    ],
)
def test_veto_of_the_treasury(verdicts: str, expected: Outcome | None) -> None:
    assert outcome(Body(seats=ROLES, quorum=2, veto=("treasury",)), verdicts) is expected


@given(sessions())
def test_veto_ends_its_body_whatever_else_is_said(
    session: tuple[Panel, tuple[Ballot, ...]],
) -> None:
    panel, said = session
    vetoed = [body for body in panel.bodies for ballot in said if _vetoes(body, ballot)]
    for body in vetoed:
        assert of_body(body, said) == {REJECTED}
        assert panel.chain or tally(panel, said) is REJECTED


def _vetoes(body: Body, ballot: Ballot) -> bool:
    return ballot.body == body.name and ballot.verdict is REJECT and ballot.role in body.veto


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("approve reject - -", None),
        ("approve reject abstain abstain", APPROVED),
        ("reject approve abstain abstain", REJECTED),
        ("reject approve return return", REJECTED),
        ("approve reject approve reject", APPROVED),
        ("reject approve approve reject", REJECTED),
        ("abstain approve reject abstain", REJECTED),
        ("return approve reject abstain", RETURNED),
        ("recuse approve reject abstain", REJECTED),
        ("recuse recuse approve reject", REJECTED),
        ("abstain abstain abstain abstain", REJECTED),
        ("approve recuse recuse reject", APPROVED),
        ("reject approve approve approve", APPROVED),
        ("approve reject reject -", None),
        ("approve reject reject reject", REJECTED),
    ],
)
def test_casting_vote_of_the_first_of_four(verdicts: str, expected: Outcome | None) -> None:
    body = Body(seats=("ministry", "expert", "expert", "expert"), quorum=Share.MAJORITY, chair="ministry")
    assert outcome(body, verdicts) is expected


@settings(max_examples=150)
@given(sessions())
def test_tally_is_open_exactly_while_the_ballots_to_come_can_change_the_outcome(
    session: tuple[Panel, tuple[Ballot, ...]],
) -> None:
    panel, said = session
    expected = possible(panel, said)
    assert reachable(panel, said) == expected
    assert tally(panel, said) == (next(iter(expected)) if len(expected) == 1 else None)


@settings(max_examples=150)
@given(bodies(most=5), st.lists(st.sampled_from(Choice), min_size=5, max_size=5))
def test_full_body_decides_as_counted_by_hand(body: Body, verdicts: list[Choice]) -> None:
    said = ballots(body, verdicts)
    expected = by_hand(body, [(ballot.role, ballot.verdict) for ballot in said])
    assert tally(Panel(bodies=(body,)), said) is expected


@settings(max_examples=100)
@given(panels(), st.data())
def test_full_panel_always_has_an_outcome(panel: Panel, data: st.DataObject) -> None:
    said = tuple(
        Ballot(body=body.name, role=role, verdict=data.draw(st.sampled_from(Choice)))
        for body in panel.bodies
        for role in body.seats
    )
    assert tally(panel, said) in (APPROVED, REJECTED, RETURNED)


@settings(max_examples=100)
@given(sessions(), st.data())
def test_tally_is_independent_of_the_order_of_ballots(
    session: tuple[Panel, tuple[Ballot, ...]], data: st.DataObject
) -> None:
    panel, said = session
    orders = permutations(said) if len(said) < 5 else iter([tuple(data.draw(st.permutations(said)))])
    assert {reachable(panel, order) for order in islice(orders, 24)} == {reachable(panel, said)}
    assert {count(body, reversed(said)) for body in panel.bodies} == {
        count(body, said) for body in panel.bodies
    }


@settings(max_examples=150)
@given(sessions(), st.data())
def test_outcome_once_there_is_changed_by_no_further_ballot(
    session: tuple[Panel, tuple[Ballot, ...]], data: st.DataObject
) -> None:
    panel, said = session
    settled = tally(panel, said)
    further = list(next_ballots(panel, said))
    while further:
        said = (*said, data.draw(st.sampled_from(further)))
        now = tally(panel, said)
        assert now is settled or settled is None
        settled, further = now, list(next_ballots(panel, said))
    assert settled is not None


@settings(max_examples=100)
@given(sessions())
def test_every_ballot_narrows_what_is_possible(session: tuple[Panel, tuple[Ballot, ...]]) -> None:
    panel, said = session
    before = reachable(panel, said)
    after = [reachable(panel, (*said, ballot)) for ballot in next_ballots(panel, said)]
    assert all(outcomes <= before for outcomes in after)
    assert not after or frozenset().union(*after) == before


@settings(max_examples=100)
@given(sessions())
def test_denominators_add_up(session: tuple[Panel, tuple[Ballot, ...]]) -> None:
    panel, said = session
    for body in panel.bodies:
        figures = count(body, said)
        spoken = figures.approvals + figures.rejections + figures.returns + figures.abstentions
        assert figures.seats == len(body.seats) == figures.recused + spoken + figures.outstanding
        assert figures.outstanding == len(body.seats) - sum(ballot.body == body.name for ballot in said)
        assert figures.needed == body.needed(figures.seats - figures.recused)


def test_figures_of_a_body_are_those_of_its_own_ballots() -> None:
    first = Body(name="first", seats=("expert",) * 6, quorum=Share.MAJORITY)
    second = Body(name="second", seats=("expert",), quorum=1)
    said = (*ballots(first, [APPROVE, REJECT, RETURN, ABSTAIN, RECUSE]), *ballots(second, [APPROVE]))
    assert count(first, said).content() == {
        "body": "first",
        "seats": 6,
        "recused": 1,
        "needed": 3,
        "approvals": 1,
        "rejections": 1,
        "returns": 1,
        "abstentions": 1,
        "outstanding": 1,
    }


def chain_of_two(**more: Any) -> tuple[Panel, Body, Body]:
    """Two experts, then the ministry."""
    first = Body(name="first", seats=("expert", "expert"), quorum=Share.ALL)
    second = Body(name="second", seats=("ministry",), quorum=1)
    return Panel(bodies=(first, second), **more), first, second


@pytest.mark.parametrize(
    ("verdicts", "turn"),
    [("", "first"), ("approve", "first"), ("approve approve", "second"), ("approve recuse", "second")],
)
def test_in_a_chain_a_body_speaks_once_the_one_before_has_approved(verdicts: str, turn: str) -> None:
    panel, first, _ = chain_of_two(chain=True)
    assert [body.name for body in speaking(panel, ballots(first, verdicts.split()))] == [turn]


def test_in_a_chain_every_body_that_is_still_open_can_end_it_in_its_way() -> None:
    panel, first, second = chain_of_two(chain=True)
    said = (*ballots(first, ["return", "approve"]), *ballots(second, ["reject"]))
    assert reachable(panel, said) == {RETURNED}
    open_first = (*ballots(first, ["approve"]), *ballots(second, ["reject"]))
    assert reachable(panel, open_first) == {REJECTED, RETURNED}


def test_side_by_side_all_bodies_speak_at_any_time() -> None:
    panel, first, second = chain_of_two()
    assert speaking(panel, ()) == speaking(panel, ballots(first, [APPROVE, APPROVE])) == (first, second)


def test_after_a_chain_has_approved_nobody_is_left_to_speak() -> None:
    panel, first, second = chain_of_two(chain=True)
    assert speaking(panel, (*ballots(first, [APPROVE, APPROVE]), *ballots(second, [APPROVE]))) == ()


@given(sessions())
def test_body_whose_turn_it_is_in_a_chain_follows_only_bodies_that_approved(
    session: tuple[Panel, tuple[Ballot, ...]],
) -> None:
    panel, said = session
    turn = [body.name for body in speaking(panel, said)]
    waiting = [body.name for body in panel.bodies if endings(body, said) != {APPROVED}]
    assert turn == (waiting[:1] if panel.chain else [body.name for body in panel.bodies])


@pytest.mark.parametrize(
    ("first_says", "second_says", "side_by_side", "in_a_chain"),
    [
        ("approve approve", "approve", APPROVED, APPROVED),
        ("approve approve", "reject", REJECTED, REJECTED),
        ("approve approve", "", None, None),
        ("reject", "", REJECTED, REJECTED),
        ("return abstain", "", None, RETURNED),
        ("return abstain", "reject", REJECTED, RETURNED),
        ("return abstain", "approve", RETURNED, RETURNED),
        ("abstain abstain", "", REJECTED, REJECTED),
    ],
)
def test_two_bodies_side_by_side_and_in_a_chain(
    first_says: str, second_says: str, side_by_side: Outcome | None, in_a_chain: Outcome | None
) -> None:
    panel, first, second = chain_of_two()
    said = (*ballots(first, first_says.split()), *ballots(second, second_says.split()))
    assert tally(panel, said) is side_by_side
    assert tally(panel.model_copy(update={"chain": True}), said) is in_a_chain


def task_force(**more: Any) -> Panel:
    """Sixteen groups, two seats each: one member of every group must approve."""
    groups = (
        {"name": group.replace("-", "_"), "organisation": group, "seats": ("member", "member"), "quorum": 1}
        for group in GROUPS
    )
    return Panel.model_validate({"bodies": tuple(groups)} | more)


def test_task_force_needs_one_from_each_of_its_sixteen_groups() -> None:
    panel = task_force()
    said = tuple(ballot for body in panel.bodies for ballot in ballots(body, [APPROVE]))
    assert len(panel.bodies) == 16
    assert tally(panel, said) is APPROVED
    assert all(tally(panel, (*said[:gone], *said[gone + 1 :])) is None for gone in range(16))


def test_task_force_is_not_approved_by_two_members_of_the_same_group() -> None:
    panel = task_force()
    everybody = [ballots(body, [APPROVE, APPROVE]) for body in panel.bodies]
    assert tally(panel, [ballot for both in everybody[1:] for ballot in both]) is None


def test_group_of_a_task_force_rejects_only_when_none_of_its_members_can_approve() -> None:
    panel = task_force()
    ministry = panel.bodies[1]
    assert tally(panel, ballots(ministry, [REJECT])) is None
    assert tally(panel, ballots(ministry, [REJECT, REJECT])) is REJECTED
    assert reachable(panel, ballots(ministry, [RETURN, RETURN])) == {RETURNED, REJECTED}


def test_chain_of_a_task_force_asks_its_groups_one_after_the_other() -> None:
    panel, said = task_force(chain=True), tuple[Ballot, ...]()
    for body in panel.bodies:
        assert tally(panel, said) is None
        assert speaking(panel, said) == (body,)
        said += ballots(body, [APPROVE])
    assert tally(panel, said) is APPROVED


@pytest.mark.parametrize("quorum", [1, 2, 3, *Share])
def test_role_that_a_deadline_calls_in_changes_nothing_about_how_many_must_approve(
    quorum: int | Share,
) -> None:
    panel, body = one(seats=ROLES, quorum=quorum)
    (widened,) = panel.widened("director").bodies
    assert widened.seats == (*ROLES, "director")
    assert count(widened, ()).needed == count(body, ()).needed


@given(panels())
def test_widened_panel_has_one_seat_more_in_every_body_and_needs_as_many(panel: Panel) -> None:
    for before, after in zip(panel.bodies, panel.widened("director").bodies, strict=True):
        assert after.seats == (*before.seats, "director")
        for recused in range(len(before.seats) + 1):
            said = ballots(before, [RECUSE] * recused)
            assert count(after, said).needed == count(before, said).needed


def test_approval_of_the_role_called_in_can_stand_for_one_that_is_missing() -> None:
    panel, body = one(seats=("expert", "ministry"), quorum=Share.ALL)
    said = (*ballots(body, [APPROVE]), Ballot(body="panel", role="director", verdict=APPROVE))
    assert tally(panel, said[:1]) is None
    assert tally(panel.widened("director"), said) is APPROVED


@settings(max_examples=100)
@given(sessions())
def test_calling_in_a_role_closes_no_way_that_was_open(session: tuple[Panel, tuple[Ballot, ...]]) -> None:
    panel, said = session
    if tally(panel, said) is None:
        assert reachable(panel, said) <= reachable(panel.widened("director"), said)


def test_large_body_is_counted_without_trying_every_order() -> None:
    body = Body(seats=("expert",) * 30, quorum=Share.TWO_THIRDS)
    panel = Panel(bodies=(body,))
    assert tally(panel, ballots(body, [APPROVE] * 19)) is None
    assert tally(panel, ballots(body, [APPROVE] * 20)) is APPROVED
    assert tally(panel, ballots(body, [REJECT] * 10)) is None
    assert tally(panel, ballots(body, [REJECT] * 11)) is REJECTED
