"""Votes: who may cast one, on which seat, in whose name, and which rule a refusal names."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.case.approval import Decision, Gate, Vote
from models.case.conflict_of_interest import Conflict
from models.case.duty import DECIDING, Act, Duty
from models.case.judge import judge
from models.case.panel import Body, Choice, Outcome, Panel, Share
from models.case.rights import Capacity, Rights
from models.case.rule import Broken, CaseRule, Rule
from tests.support.votes import READ, alone, capacity, decision, delegated, delegation, gate

CHANGED = "b" * 64
ROLES = ("expert", "ministry", "treasury")
PEOPLE = ("an", "bo", "chi", "dan", "eun")
SUBJECTS = ("s-an", "s-bo", "s-chi")
BODIES = ("first", "second")
BO_FOR_AN = {"actor": "bo", "on_behalf_of": "an"}


def refusal(sitting: Gate, sent: Decision, rights: Rights) -> Rule:
    """The rule that ``sent`` breaks."""
    broken = judge(sitting, sent, rights)
    assert isinstance(broken, Broken)
    return broken.rule


def cast(sitting: Gate, sent: Decision, rights: Rights) -> Vote:
    """The vote that ``sent`` becomes."""
    vote = judge(sitting, sent, rights)
    assert isinstance(vote, Vote)
    return vote


def after(sitting: Gate, *sent: tuple[Decision, Rights]) -> Gate:
    """The gate after these votes, all of which count."""
    for one, rights in sent:
        sitting = sitting.with_vote(cast(sitting, one, rights))
    return sitting


# What a decision must look like


@pytest.mark.parametrize("wrong", ["", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 63 + "\u0661"])
def test_decision_with_a_wrong_hash_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="content_hash"):
        decision(content_hash=wrong)


@pytest.mark.parametrize("actor", ["", "An", "an bo", "-an", "a" * 64, "an\u00e9"])
def test_decision_of_an_impossible_person_is_refused(actor: str) -> None:
    with pytest.raises(ValidationError, match="actor"):
        decision(actor)
    with pytest.raises(ValidationError, match="on_behalf_of"):
        decision(on_behalf_of=actor)


@pytest.mark.parametrize("points", [[""], ["one\ntwo"], ["x" * 201], ["x"] * 51])
def test_points_that_are_no_short_list_of_lines_are_refused(points: list[str]) -> None:
    with pytest.raises(ValidationError, match="points"):
        decision(points=points)


# A vote that counts


@pytest.mark.parametrize("verdict", Choice)
def test_vote_counts_on_the_seat_of_its_role(verdict: Choice) -> None:
    vote = cast(gate(), decision(verdict=verdict), alone())
    assert (vote.body, vote.role, vote.who, vote.delegation) == ("panel", "expert", ("an",), None)
    assert vote.ballot.content() == {"body": "panel", "role": "expert", "verdict": verdict}


def test_gate_with_a_vote_leaves_the_first_gate_as_it_was() -> None:
    before = gate()
    settled = after(before, (decision(), alone()), (decision("bo"), alone("bo")))
    assert (len(before.votes), len(settled.votes)) == (0, 2)
    assert (before.outcome, settled.outcome) == (None, Outcome.APPROVED)
    assert [figures.approvals for figures in settled.counts] == [2]


def test_plain_approval_needs_no_comment() -> None:
    assert cast(gate(), decision(comment=""), alone())


@pytest.mark.parametrize("verdict", [verdict for verdict in Choice if verdict is not Choice.APPROVE])
@pytest.mark.parametrize("comment", ["", " \n "])
def test_anything_but_an_approval_needs_a_comment(verdict: Choice, comment: str) -> None:
    assert refusal(gate(), decision(verdict=verdict, comment=comment), alone()) == CaseRule.COMMENT_REQUIRED


def test_points_are_as_good_as_a_comment() -> None:
    sent = decision(verdict="return", comment="", points=["The map lacks a legend.", "Costs for 2028."])
    assert cast(gate(), sent, alone()).decision.points == ("The map lacks a legend.", "Costs for 2028.")


def test_person_with_two_roles_takes_the_first_free_seat_of_the_panel() -> None:
    assert cast(gate(), decision(), alone(roles=["ministry", "expert"])).role == "expert"


def test_person_with_two_roles_may_name_the_seat() -> None:
    assert cast(gate(), decision(role="ministry"), alone(roles=["ministry", "expert"])).role == "ministry"


def test_person_with_two_roles_takes_the_other_seat_when_the_first_is_taken() -> None:
    small = gate(panel={"seats": ["expert", "ministry"], "quorum": 2})
    begun = after(small, (decision(), alone()))
    assert cast(begun, decision("bo"), alone("bo", roles=["expert", "ministry"])).role == "ministry"


@pytest.mark.parametrize("attested", [True, False])
def test_vote_says_whether_somebody_signed_in_cast_it(attested: bool) -> None:
    rights = Rights(actor=capacity(), attested=attested)
    assert cast(gate(), decision(), rights).attested is attested


# Refusals, one by one


def test_vote_after_the_outcome_is_settled_is_refused() -> None:
    settled = after(gate(), (decision(), alone()), (decision("bo"), alone("bo")))
    assert refusal(settled, decision("eun"), alone("eun", roles=["ministry"])) == CaseRule.STAGE_OVER


def test_vote_on_other_content_is_refused() -> None:
    assert refusal(gate(), decision(content_hash=CHANGED), alone()) == CaseRule.STALE_CONTENT


def test_who_handed_in_the_content_has_no_vote() -> None:
    assert refusal(gate(), decision("dan"), alone("dan")) == CaseRule.OWN_PROPOSAL


@pytest.mark.parametrize("handed_in", ["draft", "deliver"])
@pytest.mark.parametrize("act", sorted(DECIDING))
def test_who_handed_in_under_another_account_has_no_vote(handed_in: str, act: Act) -> None:
    second = alone("dan2", who="s-dan", done=[handed_in])
    broken = judge(gate(act=act), decision("dan2"), second)
    assert broken == Broken(
        CaseRule.OWN_PROPOSAL, f"dan2 did {handed_in} in this case; the rule is {handed_in} ≠ {act}."
    )


@pytest.mark.parametrize("who", [{"person": "dan"}, {"done": ["draft"]}])
def test_who_handed_in_votes_through_no_delegate(who: dict[str, Any]) -> None:
    rights = delegated(giver=who)
    assert refusal(gate(), decision("bo", on_behalf_of="an"), rights) == CaseRule.OWN_PROPOSAL


def test_who_handed_in_votes_for_nobody_else() -> None:
    rights = delegated(taker={"done": ["deliver"]})
    assert refusal(gate(), decision("bo", on_behalf_of="an"), rights) == CaseRule.OWN_PROPOSAL


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_second_vote_is_refused_even_when_it_is_the_same(verdict: str) -> None:
    begun = after(gate(), (decision(), alone()))
    assert refusal(begun, decision(verdict=verdict), alone()) == CaseRule.SECOND_VOTE


def test_second_account_of_the_same_subject_has_no_second_vote() -> None:
    begun = after(gate(), (decision(), alone(who="s-an")))
    assert refusal(begun, decision("an2"), alone("an2", who="s-an")) == CaseRule.SECOND_VOTE


@pytest.mark.parametrize("who", ["an", "bo"])
def test_after_a_vote_by_delegation_neither_giver_nor_taker_votes_again(who: str) -> None:
    begun = after(gate(), (decision(**BO_FOR_AN), delegated()))
    assert begun.votes[0].who == ("bo", "an")
    assert refusal(begun, decision(who), alone(who)) == CaseRule.SECOND_VOTE


@pytest.mark.parametrize("who", ["an", "bo"])
def test_after_a_vote_of_their_own_neither_giver_nor_taker_votes_by_delegation(who: str) -> None:
    begun = after(gate(), (decision(who), alone(who)))
    assert refusal(begun, decision(**BO_FOR_AN), delegated()) == CaseRule.SECOND_VOTE


def test_taker_votes_for_one_giver_only() -> None:
    begun = after(gate(), (decision(**BO_FOR_AN), delegated()))
    rights = Rights(actor=capacity("bo"), giver=capacity("chi"), delegation=delegation())
    assert refusal(begun, decision("bo", on_behalf_of="chi"), rights) == CaseRule.SECOND_VOTE


def test_duty_that_is_broken_is_quoted() -> None:
    sitting = gate(act="pay", duties=[["clear", "pay"], ["approve", "pay"]])
    broken = judge(sitting, decision(), alone(done=["approve", "award"]))
    assert broken == Broken(CaseRule.DUTIES, "an did approve in this case; the rule is approve ≠ pay.")
    assert isinstance(broken, Broken)
    assert broken.text.startswith(CaseRule.DUTIES.text)
    assert broken.text.endswith("an did approve in this case; the rule is approve ≠ pay.")


@pytest.mark.parametrize("duty", [["review", "approve"], ["approve", "review"]])
def test_duty_holds_in_either_order(duty: list[str]) -> None:
    for act, done in (("review", "approve"), ("approve", "review")):
        broken = judge(gate(act=act, duties=[duty]), decision(), alone(done=[done]))
        detail = f"an did {done} in this case; the rule is {duty[0]} ≠ {duty[1]}."
        assert broken == Broken(CaseRule.DUTIES, detail)


def test_duty_that_is_about_other_acts_keeps_nobody_away() -> None:
    assert cast(gate(duties=[["clear", "pay"]]), decision(), alone(done=["clear", "review"]))


@pytest.mark.parametrize("whose", ["giver", "taker"])
def test_duty_holds_for_who_votes_and_for_whom_the_vote_is(whose: str) -> None:
    sitting = gate(act="approve", duties=[["review", "approve"]])
    rights = delegated(**{whose: {"done": ["review"]}})
    broken = judge(sitting, decision(**BO_FOR_AN), rights)
    name = {"giver": "an", "taker": "bo"}[whose]
    assert broken == Broken(CaseRule.DUTIES, f"{name} did review in this case; the rule is review ≠ approve.")


@pytest.mark.parametrize(
    ("says", "rule"),
    [
        ({"cooling": True}, CaseRule.COOLING_OFF),
        ({"conflict": "hard"}, CaseRule.CONFLICTED),
        ({}, CaseRule.DECLARATION_MISSING),
    ],
)
@pytest.mark.parametrize("whose", ["own", "giver", "taker"])
def test_who_is_not_independent_may_recuse_themselves_and_no_more(
    whose: str, says: dict[str, Any], rule: Rule
) -> None:
    sitting = gate(declared=True)
    free = {"conflict": "none"}
    rights = alone(**says) if whose == "own" else delegated(**{"giver": free, "taker": free, whose: says})
    sender = {"actor": "an"} if whose == "own" else BO_FOR_AN
    for verdict in Choice:
        sent = decision(**sender, verdict=verdict)
        if verdict is Choice.RECUSE:
            assert cast(sitting, sent, rights)
        else:
            assert refusal(sitting, sent, rights) == rule


@pytest.mark.parametrize("conflict", ["none", "soft"])
def test_who_declares_no_hard_conflict_may_vote(conflict: str) -> None:
    assert cast(gate(declared=True), decision(), alone(conflict=conflict))


@pytest.mark.parametrize(
    ("says", "rule"), [({"cooling": True}, CaseRule.COOLING_OFF), ({"conflict": "hard"}, CaseRule.CONFLICTED)]
)
def test_gate_that_asks_for_no_declaration_still_minds_what_is_known(
    says: dict[str, Any], rule: Rule
) -> None:
    assert cast(gate(), decision(), alone())
    assert refusal(gate(), decision(), alone(**says)) == rule


@pytest.mark.parametrize("verdict", Choice)
def test_recusal_gives_nobody_a_second_vote_or_lets_them_break_a_duty(verdict: Choice) -> None:
    begun = after(gate(), (decision(verdict="recuse"), alone()))
    assert refusal(begun, decision(verdict=verdict), alone()) == CaseRule.SECOND_VOTE
    assert refusal(gate(), decision(verdict=verdict), alone(done=["draft"])) == CaseRule.OWN_PROPOSAL


def test_vote_for_another_without_a_delegation_is_refused() -> None:
    broken = judge(gate(), decision(**BO_FOR_AN), alone("bo"))
    assert broken == Broken(CaseRule.NOT_DELEGATED, "(an to bo)")


def test_delegation_covers_only_the_roles_it_names() -> None:
    rights = delegated(roles=["ministry"])
    broken = judge(gate(), decision(**BO_FOR_AN), rights)
    assert broken == Broken(CaseRule.NOT_DELEGATED, "D-1 does not cover expert.")


def test_delegation_passes_on_no_role_that_its_giver_lost() -> None:
    rights = delegated(giver={"roles": []}, taker={"roles": ["expert"]})
    assert refusal(gate(), decision(**BO_FOR_AN), rights) == CaseRule.ROLE_NOT_HELD


def test_vote_by_delegation_names_it_and_both_subjects() -> None:
    rights = delegated(giver={"who": "s-an"}, taker={"who": "s-bo"})
    vote = cast(gate(), decision(**BO_FOR_AN), rights)
    assert (vote.role, vote.who, vote.delegation) == ("expert", ("s-bo", "s-an"), "D-1")


@pytest.mark.parametrize(
    ("amount", "ceiling", "covered"),
    [(99, 100, True), (100, 100, True), (101, 100, False), (1, 0, False), (0, 0, True)],
)
def test_delegation_covers_amounts_up_to_its_ceiling(amount: int, ceiling: int, covered: bool) -> None:
    judged = judge(gate(amount=amount), decision(**BO_FOR_AN), delegated(ceiling=ceiling))
    assert judged == Broken(CaseRule.OVER_DELEGATION, "(D-1)") or covered
    assert isinstance(judged, Vote) is covered


@pytest.mark.parametrize(("amount", "ceiling"), [(None, 0), (10**15, None), (None, None)])
def test_delegation_without_ceiling_or_gate_without_money_has_no_limit(
    amount: int | None, ceiling: int | None
) -> None:
    assert cast(gate(amount=amount), decision(**BO_FOR_AN), delegated(ceiling=ceiling))


def test_ceiling_binds_only_who_acts_for_another() -> None:
    assert cast(gate(amount=10**15), decision(), alone())


def test_gate_for_those_who_are_signed_in_refuses_a_name_that_is_only_said() -> None:
    sitting = gate(attested=True)
    assert refusal(sitting, decision(), alone()) == CaseRule.NOT_ATTESTED
    assert cast(sitting, decision(), Rights(actor=capacity(), attested=True)).attested


def test_role_that_the_panel_does_not_have_is_refused() -> None:
    assert refusal(gate(), decision(role="director"), alone(roles=["director"])) == CaseRule.UNKNOWN_ROLE


@pytest.mark.parametrize(
    ("roles", "named"), [([], None), (["director"], None), (["expert"], "ministry"), ([], "expert")]
)
def test_role_that_is_not_held_is_refused(roles: list[str], named: str | None) -> None:
    assert refusal(gate(), decision(role=named), alone(roles=roles)) == CaseRule.ROLE_NOT_HELD


def groups(**more: Any) -> Gate:
    """Two groups, each with a seat for a member of its own organisation."""
    bodies = [
        {"name": name, "organisation": name, "seats": ["expert"], "quorum": 1} for name in ("molit", "water")
    ]
    return gate(panel={"bodies": bodies} | more)


def test_seat_of_a_group_is_for_its_members() -> None:
    assert refusal(groups(), decision(), alone(organisation="finance")) == CaseRule.NOT_A_MEMBER
    assert cast(groups(), decision(), alone(organisation="water")).body == "water"
    assert cast(groups(), decision(), alone(organisation="molit")).body == "molit"


def test_delegate_takes_the_seat_in_the_group_of_the_giver() -> None:
    rights = delegated(giver={"organisation": "water"}, taker={"organisation": "finance"})
    assert cast(groups(), decision(**BO_FOR_AN), rights).body == "water"


def test_seat_of_another_group_is_no_way_out_when_the_own_is_taken() -> None:
    begun = after(groups(), (decision(), alone()))
    assert refusal(begun, decision("bo"), alone("bo")) == CaseRule.SEAT_TAKEN


def test_vote_beyond_the_seats_of_a_role_is_refused() -> None:
    full = after(gate(), (decision(), alone()), (decision("bo", verdict="reject"), alone("bo")))
    assert refusal(full, decision("eun"), alone("eun")) == CaseRule.SEAT_TAKEN


def test_recusal_keeps_its_seat_taken() -> None:
    small = gate(panel={"seats": ["expert", "ministry"], "quorum": "majority"})
    begun = after(small, (decision(verdict="recuse"), alone()))
    assert refusal(begun, decision("bo"), alone("bo")) == CaseRule.SEAT_TAKEN


def test_later_group_of_a_chain_waits_for_the_one_before() -> None:
    chain, last = groups(chain=True), alone("bo", organisation="water")
    assert refusal(chain, decision("bo"), last) == CaseRule.NOT_YET
    begun = after(chain, (decision(), alone()))
    assert after(begun, (decision("bo"), last)).outcome is Outcome.APPROVED


def test_role_called_in_may_vote_only_once_it_is_called_in() -> None:
    sitting, director = gate(), alone("eun", roles=["director"])
    called_in = sitting.model_copy(update={"panel": sitting.panel.widened("director")})
    assert refusal(sitting, decision("eun"), director) == CaseRule.ROLE_NOT_HELD
    assert cast(called_in, decision("eun"), director).role == "director"


# Properties over any gate


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """One body or two, for members of any organisation or of one."""
    several = []
    for name in BODIES[: draw(st.integers(1, 2))]:
        seats = tuple(draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=3)))
        quorum = draw(st.sampled_from(Share) | st.integers(1, len(seats)))
        organisation = draw(st.sampled_from([None, None, "molit", "water"]))
        veto = draw(st.sampled_from([(), (), (seats[0],)]))
        several.append(Body(name=name, seats=seats, quorum=quorum, organisation=organisation, veto=veto))
    return Panel(bodies=tuple(several), chain=draw(st.booleans()))


acts = st.sampled_from(Act)
duties = st.lists(acts, min_size=2, max_size=2, unique=True).map(lambda two: Duty(one=two[0], other=two[1]))
gates = st.builds(
    gate,
    panel=panels(),
    act=st.sampled_from(sorted(DECIDING)),
    duties=st.lists(duties, max_size=2),
    amount=st.sampled_from([None, 100]),
    declared=st.booleans(),
    attested=st.booleans(),
    barred=st.lists(st.sampled_from(PEOPLE), max_size=2),
)
capacities = st.builds(
    Capacity,
    person=st.sampled_from(PEOPLE),
    who=st.sampled_from(SUBJECTS),
    organisation=st.sampled_from(["molit", "molit", "water"]),
    roles=st.lists(st.sampled_from(ROLES), unique=True, min_size=1).map(tuple),
    done=st.frozensets(acts, max_size=1),
    conflict=st.sampled_from([None, *Conflict]),
    cooling=st.sampled_from([False, False, False, True]),
)


@st.composite
def sendings(draw: st.DrawFn) -> tuple[Decision, Rights]:
    """A decision and what its actor may bring to it, in their own name or in that of another."""
    actor, giver, made = draw(capacities), None, None
    if draw(st.booleans()):
        giver = draw(capacities.filter(lambda other: other.person != actor.person))
        roles = tuple(draw(st.lists(st.sampled_from(ROLES), unique=True, min_size=1)))
        ceiling = draw(st.sampled_from([None, 99, 100]))
        made = delegation(roles=roles, ceiling=ceiling)
    sent = decision(
        actor.person,
        verdict=draw(st.sampled_from(Choice)),
        content_hash=draw(st.sampled_from([READ, READ, READ, CHANGED])),
        comment=draw(st.sampled_from(["", "Seen.", "Seen."])),
        role=draw(st.sampled_from([None, None, *ROLES, "director"])),
        on_behalf_of=giver.person if giver else None,
    )
    return sent, Rights(actor=actor, giver=giver, delegation=made, attested=draw(st.booleans()))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Gate, list[tuple[Vote, Rights, Gate]]]:
    """A gate after many decisions, and each vote that counted: its rights and the gate it came to."""
    sitting, counted = draw(gates), list[tuple[Vote, Rights, Gate]]()
    for sent, rights in draw(st.lists(sendings(), max_size=12)):
        judged = judge(sitting, sent, rights)
        if isinstance(judged, Vote):
            counted.append((judged, rights, sitting))
            sitting = sitting.with_vote(judged)
    return sitting, counted


@settings(max_examples=100)
@given(histories())
def test_nobody_counts_twice_under_any_account_or_by_any_delegation(
    history: tuple[Gate, list[tuple[Vote, Rights, Gate]]],
) -> None:
    _, counted = history
    spoken = [
        {rights.actor.who} | ({rights.giver.who} if rights.giver else set()) for _, rights, _ in counted
    ]
    assert [set(vote.who) for vote, _, _ in counted] == spoken
    assert sum(map(len, spoken)) == len(set().union(*spoken))


@settings(max_examples=100)
@given(histories())
def test_only_qualified_votes_ever_count(
    history: tuple[Gate, list[tuple[Vote, Rights, Gate]]],
) -> None:
    for vote, rights, sitting in history[1]:
        sent, holder = vote.decision, rights.giver or rights.actor
        (body,) = (body for body in sitting.panel.bodies if body.name == vote.body)
        assert sent.content_hash == sitting.content_hash
        assert sent.comment or sent.verdict is Choice.APPROVE
        assert vote.role in holder.roles
        assert sent.role in (None, vote.role)
        assert body.organisation in (None, holder.organisation)
        assert vote.attested is rights.attested
        assert rights.attested or not sitting.attested
        if rights.delegation:
            assert vote.role in rights.delegation.roles
            assert (sitting.amount or 0) <= (rights.delegation.ceiling or 10**15)
        for person in (rights.actor, holder):
            assert person.person not in sitting.barred
            assert sent.verdict is Choice.RECUSE or _independent(sitting, person)
            assert not any(_apart(sitting, done) for done in person.done)


def _independent(sitting: Gate, person: Capacity) -> bool:
    allowed = (Conflict.NONE, Conflict.SOFT) if sitting.declared else (None, Conflict.NONE, Conflict.SOFT)
    return person.conflict in allowed and not person.cooling


def _apart(sitting: Gate, done: Act) -> bool:
    always = done in (Act.DRAFT, Act.DELIVER)
    return always or any({duty.one, duty.other} == {done, sitting.act} for duty in sitting.duties)


@settings(max_examples=100)
@given(histories())
def test_no_role_of_a_body_ever_has_more_votes_than_seats(
    history: tuple[Gate, list[tuple[Vote, Rights, Gate]]],
) -> None:
    sitting, counted = history
    taken = [(vote.body, vote.role) for vote, _, _ in counted]
    for body in sitting.panel.bodies:
        assert all(taken.count((body.name, role)) <= body.seats.count(role) for role in body.seats)
    assert sitting.votes == tuple(vote for vote, _, _ in counted)


@settings(max_examples=100)
@given(histories())
def test_no_vote_counts_once_there_is_an_outcome(
    history: tuple[Gate, list[tuple[Vote, Rights, Gate]]],
) -> None:
    assert all(sitting.outcome is None for _, _, sitting in history[1])


@settings(max_examples=100)
@given(gates, st.sampled_from(ROLES), st.sampled_from(Choice))
def test_first_flawless_vote_of_a_qualified_person_counts(sitting: Gate, role: str, verdict: Choice) -> None:
    first = sitting.panel.bodies[0]
    able = capacity("fay", roles=[role], organisation=first.organisation or "molit", conflict="none")
    judged = judge(sitting, decision("fay", verdict=verdict), Rights(actor=able, attested=True))
    if role in first.seats:
        assert isinstance(judged, Vote)
        assert (judged.body, judged.role) == (first.name, role)


@settings(max_examples=150)
@given(gates, sendings())
def test_every_refusal_names_a_rule_and_says_what_to_do(
    sitting: Gate, sending: tuple[Decision, Rights]
) -> None:
    judged = judge(sitting, *sending)
    assert isinstance(judged, Vote) or judged.text.startswith(judged.rule.text)


@settings(max_examples=100)
@given(histories())
def test_gate_in_session_is_the_same_after_a_journey_as_json(
    history: tuple[Gate, list[tuple[Vote, Rights, Gate]]],
) -> None:
    sitting, _ = history
    back = Gate.model_validate_json(sitting.model_dump_json())
    assert (back, back.outcome, back.counts) == (sitting, sitting.outcome, sitting.counts)
