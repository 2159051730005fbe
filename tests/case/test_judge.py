"""Votes under a delegation, of a deputy, on a claimed seat: which rule, and what it says."""

from typing import Any

from models.case.approval import Vote
from models.case.judge import judge, may_override, may_reduce
from models.case.rule import Broken, CaseRule
from models.case.seat_assignment import Reassignment, passes
from models.case.seat_assignment import SeatAssignment as Claim
from tests.support.votes import READ, alone, decision, delegated, gate

FOR_AN = decision("bo", on_behalf_of="an")


def test_a_deputy_votes_only_where_the_programme_has_it_reported() -> None:
    deputy = delegated(acting=True)
    assert judge(gate(), FOR_AN, deputy) == Broken(
        CaseRule.NOT_DELEGATED, "D-1 is for deputies, and none may vote here."
    )
    vote = judge(gate(acting=True), FOR_AN, deputy)
    assert isinstance(vote, Vote) and vote.acting
    for allowed in (True, False):
        plain = judge(gate(acting=allowed), FOR_AN, delegated())
        assert isinstance(plain, Vote) and not plain.acting


def test_where_votes_are_attested_the_delegation_is_too() -> None:
    sitting = gate(attested=True)
    unsigned = delegated().model_copy(update={"attested": True})
    assert judge(sitting, FOR_AN, unsigned) == Broken(
        CaseRule.NOT_ATTESTED, "D-1 was given by somebody who was not."
    )
    signed = delegated(attested=True).model_copy(update={"attested": True})
    assert isinstance(judge(sitting, FOR_AN, signed), Vote)
    assert isinstance(judge(sitting, decision(), alone().model_copy(update={"attested": True})), Vote)


def test_a_vote_for_somebody_takes_both_the_giver_and_the_delegation() -> None:
    whole = delegated()
    for missing in ("giver", "delegation"):
        broken = judge(gate(), FOR_AN, whole.model_copy(update={missing: None}))
        assert broken == Broken(CaseRule.NOT_DELEGATED, "(an to bo)")


def test_a_claimed_seat_is_for_whoever_claimed_it() -> None:
    mine = Claim(person="an", who="an", body="panel", role="expert")
    theirs = [mine.model_copy(update={"person": who, "who": who}) for who in ("chi", "eun")]
    assert isinstance(judge(gate(), decision(), alone(), (mine, theirs[0])), Vote)
    assert isinstance(judge(gate(), decision(), alone(), (theirs[0],)), Vote), "there is another seat"
    assert judge(gate(), decision(), alone(), tuple(theirs)) == Broken(CaseRule.CLAIMED)
    elsewhere = tuple(one.model_copy(update={"role": "ministry"}) for one in theirs)
    assert isinstance(judge(gate(), decision(), alone(), elsewhere), Vote)
    other_body = tuple(one.model_copy(update={"body": "second"}) for one in theirs)
    assert isinstance(judge(gate(), decision(), alone(), other_body), Vote)


def test_a_refused_claim_says_whose_it_is() -> None:
    held = (Claim(person="an", who="an"),)
    release = Reassignment(gate="KCN-1:review:1", actor="bo", old="bo")
    assert passes(held, release) == Broken(CaseRule.NO_CLAIM, "(bo)")
    again = Reassignment(gate="KCN-1:review:1", actor="an", new="an")
    assert passes(held, again) == Broken(CaseRule.CLAIMED, "(an has a claim here already)")


def test_whoever_could_vote_can_put_less_before_the_panel() -> None:
    assert may_reduce(gate(), READ, alone()) is None
    assert may_reduce(gate(), READ, alone(roles=["intern", "ministry"])) is None
    assert may_reduce(gate(attested=True), READ, alone().model_copy(update={"attested": True})) is None


def test_whoever_could_vote_and_has_the_role_overrides() -> None:
    sitting = gate(overriders=["director", "minister"])
    assert may_override(sitting, READ, alone(roles=["director"])) is None
    assert may_override(sitting, READ, alone(roles=["minister", "intern"])) is None


def test_what_keeps_somebody_from_overriding() -> None:
    sitting = gate(overriders=["director", "minister"])
    nobody = Broken(CaseRule.ROLE_NOT_HELD, "Overriding takes one of: nobody.")
    others = Broken(CaseRule.ROLE_NOT_HELD, "Overriding takes one of: director, minister.")
    assert may_override(gate(), READ, alone(roles=["director"])) == nobody
    assert may_override(sitting, READ, alone()) == others
    head: dict[str, Any] = {"roles": ["director"]}
    voted = gate(overriders=["director"], votes=(judge(gate(), decision(), alone()),))
    for at, read, who, rule in (
        (sitting.model_copy(update={"overridden": "rejected"}), READ, alone(**head), CaseRule.STAGE_OVER),
        (sitting, "0" * 64, alone(**head), CaseRule.STALE_CONTENT),
        (sitting.model_copy(update={"attested": True}), READ, alone(**head), CaseRule.NOT_ATTESTED),
        (sitting, READ, alone("dan", **head), CaseRule.OWN_PROPOSAL),
        (voted, READ, alone(**head), CaseRule.SECOND_VOTE),
        (sitting, READ, alone(conflict="hard", **head), CaseRule.CONFLICTED),
        (sitting.model_copy(update={"declared": True}), READ, alone(**head), CaseRule.DECLARATION_MISSING),
    ):
        assert may_override(at, read, who) == Broken(rule), rule


def test_what_keeps_somebody_from_putting_less_before_the_panel() -> None:
    voted = gate(votes=(judge(gate(), decision(), alone()),))
    over = gate(overridden="rejected")
    for sitting, read, who, rule in (
        (over, READ, alone(), CaseRule.STAGE_OVER),
        (gate(), "0" * 64, alone(), CaseRule.STALE_CONTENT),
        (gate(attested=True), READ, alone(), CaseRule.NOT_ATTESTED),
        (gate(), READ, alone(roles=["intern"]), CaseRule.ROLE_NOT_HELD),
        (gate(), READ, alone("dan"), CaseRule.OWN_PROPOSAL),
        (voted, READ, alone(), CaseRule.SECOND_VOTE),
        (gate(), READ, alone(conflict="hard"), CaseRule.CONFLICTED),
        (gate(declared=True), READ, alone(), CaseRule.DECLARATION_MISSING),
    ):
        assert may_reduce(sitting, read, who) == Broken(rule), rule
