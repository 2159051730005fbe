"""Panels, votes, and what they amount to."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.approval import Decision, Gate, Outcome, Panel, Verdict, Vote, judge, tally
from models.rule import Rule

READ, CHANGED = "a" * 64, "b" * 64
ROLES = ("expert", "ministry", "treasury")
PEOPLE = ("an", "bo", "chi", "dan", "eun")


def decision(actor: str = "an", **changes: Any) -> Decision:
    fields = {"gate": "KCN-1:review:1", "verdict": "approve", "actor": actor, "content_hash": READ}
    return Decision.model_validate(fields | {"comment": "Seen."} | changes)


def gate(**changes: Any) -> Gate:
    """Two seats for experts, one for the ministry; an and bo are experts, chi is of the ministry."""
    fields = {
        "id": "KCN-1:review:1",
        "panel": {"seats": ["expert", "expert", "ministry"], "quorum": 2},
        "content_hash": READ,
        "barred": ["dan"],
        "roster": {"an": ["expert"], "bo": ["expert"], "chi": ["ministry"], "dan": ["expert"]},
    }
    return Gate.model_validate(fields | changes)


def ballots(panel: Panel, verdicts: tuple[Verdict, ...]) -> tuple[Vote, ...]:
    """One vote of each verdict, seat after seat, each of another person."""
    return tuple(
        Vote(role=role, decision=decision(f"p{number}", verdict=verdict))
        for number, (role, verdict) in enumerate(zip(panel.seats, verdicts, strict=False))
    )


panels = st.lists(st.sampled_from(ROLES), min_size=1, max_size=6).flatmap(
    lambda seats: st.builds(Panel, seats=st.just(tuple(seats)), quorum=st.integers(1, len(seats)))
)
verdict_lists = st.lists(st.sampled_from(Verdict), min_size=6, max_size=6).map(tuple)
decisions = st.builds(
    decision,
    actor=st.sampled_from(PEOPLE),
    verdict=st.sampled_from(Verdict),
    content_hash=st.sampled_from([READ, READ, READ, CHANGED]),
    comment=st.sampled_from(["", "Seen."]),
    role=st.sampled_from([None, None, *ROLES, "director"]),
)
gates = st.builds(
    gate,
    panel=panels,
    barred=st.lists(st.sampled_from(PEOPLE), max_size=2),
    roster=st.dictionaries(st.sampled_from(PEOPLE), st.lists(st.sampled_from(ROLES), unique=True)),
)


def held(sitting: Gate, sent: list[Decision]) -> Gate:
    """The gate after everybody has sent their decision, whatever became of each."""
    for one in sent:
        vote = judge(sitting, one)
        sitting = sitting.with_vote(vote) if isinstance(vote, Vote) else sitting
    return sitting


def test_quorum_above_the_seats_is_refused() -> None:
    with pytest.raises(ValidationError, match="quorum 3 is more than the 2 seats"):
        Panel(seats=("expert", "ministry"), quorum=3)


@pytest.mark.parametrize("quorum", [0, -1])
def test_quorum_below_one_is_refused(quorum: int) -> None:
    with pytest.raises(ValidationError, match="quorum"):
        Panel(seats=("expert",), quorum=quorum)


def test_panel_without_seats_is_refused() -> None:
    with pytest.raises(ValidationError, match="seats"):
        Panel(seats=(), quorum=1)


@settings(max_examples=100)
@given(panels, verdict_lists, st.data())
def test_tally_is_independent_of_the_order_of_votes(
    panel: Panel, verdicts: tuple[Verdict, ...], data: st.DataObject
) -> None:
    votes = ballots(panel, verdicts)[: data.draw(st.integers(0, 6))]
    assert tally(panel, tuple(data.draw(st.permutations(votes)))) == tally(panel, votes)


@settings(max_examples=100)
@given(panels, verdict_lists, st.integers(0, 6))
def test_tally_approves_exactly_when_the_quorum_approves(
    panel: Panel, verdicts: tuple[Verdict, ...], cast: int
) -> None:
    votes = ballots(panel, verdicts)[:cast]
    approvals = sum(vote.decision.verdict is Verdict.APPROVE for vote in votes)
    assert (tally(panel, votes) is Outcome.APPROVED) == (approvals >= panel.quorum)


@settings(max_examples=100)
@given(panels, verdict_lists, st.integers(0, 6))
def test_tally_is_open_exactly_while_the_votes_to_come_can_change_the_outcome(
    panel: Panel, verdicts: tuple[Verdict, ...], cast: int
) -> None:
    given = verdicts[: min(cast, len(panel.seats))]
    endings = product(Verdict, repeat=len(panel.seats) - len(given))
    possible = {tally(panel, ballots(panel, (*given, *ending))) for ending in endings}
    now = tally(panel, ballots(panel, given))
    assert possible == {now} if now else len(possible) > 1


@settings(max_examples=100)
@given(panels, verdict_lists)
def test_full_panel_always_has_an_outcome(panel: Panel, verdicts: tuple[Verdict, ...]) -> None:
    assert tally(panel, ballots(panel, verdicts)) is not None


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ("reject reject return", Outcome.REJECTED),
        ("approve return return", Outcome.RETURNED),
        ("return return reject", Outcome.RETURNED),
    ],
)
def test_full_panel_of_three_without_a_quorum_of_two(verdicts: str, outcome: Outcome) -> None:
    assert (
        tally(
            Panel(seats=ROLES, quorum=2),
            ballots(Panel(seats=ROLES, quorum=2), tuple(map(Verdict, verdicts.split()))),
        )
        is outcome
    )


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ("", None),
        ("approve", None),
        ("approve approve", Outcome.APPROVED),
        ("reject approve approve", Outcome.APPROVED),
        ("return", None),
        ("return reject", None),
        ("return return", Outcome.RETURNED),
        ("reject reject", Outcome.REJECTED),
        ("approve reject reject", Outcome.REJECTED),
        ("approve reject return", Outcome.RETURNED),
    ],
)
def test_two_of_three(verdicts: str, outcome: Outcome | None) -> None:
    panel = Panel(seats=ROLES, quorum=2)
    assert tally(panel, ballots(panel, tuple(map(Verdict, verdicts.split())))) is outcome


@settings(max_examples=200)
@given(gates, st.lists(decisions, max_size=12))
def test_only_qualified_votes_ever_count(sitting: Gate, sent: list[Decision]) -> None:
    votes = held(sitting, sent).votes
    actors = [vote.decision.actor for vote in votes]
    assert len(actors) == len(set(actors))
    assert not set(actors) & set(sitting.barred)
    assert all(vote.decision.content_hash == sitting.content_hash for vote in votes)
    assert all(vote.role in sitting.roster[vote.decision.actor] for vote in votes)
    assert all(vote.decision.role in (None, vote.role) for vote in votes)
    assert all(vote.decision.comment or vote.decision.verdict is Verdict.APPROVE for vote in votes)


@settings(max_examples=150)
@given(gates, st.lists(decisions, max_size=12))
def test_no_role_ever_has_more_votes_than_seats(sitting: Gate, sent: list[Decision]) -> None:
    taken = [vote.role for vote in held(sitting, sent).votes]
    assert all(taken.count(role) <= sitting.panel.seats.count(role) for role in taken)


@settings(max_examples=150)
@given(gates, st.lists(decisions, max_size=12))
def test_first_flawless_vote_of_a_qualified_person_counts(sitting: Gate, sent: list[Decision]) -> None:
    for one in sent:
        roles = set(sitting.roster.get(one.actor, ())) & set(sitting.panel.seats)
        asked = {one.role} if one.role else roles
        flawless = one.comment and one.content_hash == READ and one.actor not in sitting.barred
        if flawless and roles & asked:
            assert isinstance(judge(sitting, one), Vote)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"content_hash": CHANGED}, Rule.STALE_CONTENT),
        ({"actor": "dan"}, Rule.OWN_PROPOSAL),
        ({"actor": "eun"}, Rule.ROLE_NOT_HELD),
        ({"role": "director"}, Rule.UNKNOWN_ROLE),
        ({"role": "ministry"}, Rule.ROLE_NOT_HELD),
        ({"verdict": "reject", "comment": ""}, Rule.COMMENT_REQUIRED),
        ({"verdict": "return", "comment": " \n "}, Rule.COMMENT_REQUIRED),
    ],
)
def test_refusal_names_the_broken_rule(changes: dict[str, str], rule: Rule) -> None:
    assert judge(gate(), decision(**changes)) is rule


def test_plain_approval_needs_no_comment() -> None:
    assert isinstance(judge(gate(), decision(comment="")), Vote)


def test_second_vote_of_a_person_is_refused_even_when_it_is_the_same() -> None:
    assert judge(held(gate(), [decision()]), decision()) is Rule.SECOND_VOTE


def test_vote_after_the_outcome_is_settled_is_refused() -> None:
    sitting = gate(roster={"an": ["expert"], "bo": ["ministry"], "eun": ["expert"]})
    settled = held(sitting, [decision("an"), decision("bo")])
    assert settled.outcome is Outcome.APPROVED
    assert judge(settled, decision("eun")) is Rule.STAGE_OVER


def test_vote_beyond_the_seats_of_a_role_is_refused() -> None:
    crowd = gate(roster={who: ["expert"] for who in ("an", "bo", "eun")})
    full = held(crowd, [decision("an"), decision("bo", verdict="reject", comment="No.")])
    assert judge(full, decision("eun")) is Rule.SEAT_TAKEN


def test_person_with_two_roles_takes_the_first_free_seat_of_the_panel() -> None:
    both = gate(roster={"an": ["ministry", "expert"]})
    vote = judge(both, decision())
    assert isinstance(vote, Vote)
    assert vote.role == "expert"


def test_person_with_two_roles_may_name_the_seat() -> None:
    vote = judge(gate(roster={"an": ["ministry", "expert"]}), decision(role="ministry"))
    assert isinstance(vote, Vote)
    assert vote.role == "ministry"


def test_escalation_adds_a_seat_and_keeps_the_quorum() -> None:
    panel = Panel(seats=("expert", "ministry"), quorum=2).widened("director")
    assert (panel.seats, panel.quorum) == (("expert", "ministry", "director"), 2)


def test_role_called_in_may_vote_only_once_it_is_called_in() -> None:
    sitting = gate(roster={"dir": ["director"]})
    called_in = sitting.model_copy(update={"panel": sitting.panel.widened("director")})
    assert judge(sitting, decision("dir")) is Rule.ROLE_NOT_HELD
    assert isinstance(judge(called_in, decision("dir")), Vote)


def test_gate_with_a_vote_leaves_the_first_gate_as_it_was() -> None:
    before = gate()
    after = held(before, [decision()])
    assert (len(before.votes), len(after.votes)) == (0, 1)


@pytest.mark.parametrize("wrong", ["", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 63 + "\u0661"])
def test_decision_with_a_wrong_hash_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="content_hash"):
        decision(content_hash=wrong)


@pytest.mark.parametrize("actor", ["", "An", "an bo", "-an", "a" * 64, "an\u00e9"])
def test_decision_of_an_impossible_person_is_refused(actor: str) -> None:
    with pytest.raises(ValidationError, match="actor"):
        decision(actor)
