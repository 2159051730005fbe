"""Messages that break a rule: refused with its name, nothing changed, and on record."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from activities.case import record
from models.agreement.rule import AgreementRule
from models.case.approval import Decision
from models.case.panel import Choice
from models.case.rule import CaseRule, Rule
from models.money.rule import MoneyRule
from models.partnership.partnership import Resubmission, Withdrawal
from models.partnership.rule import PartnershipRule
from models.study.rule import StudyRule
from models.study.study import Award
from services.case.cases import CaseService, Refused
from services.case.updates import NotConfirmed
from tests.support.failed_tasks import failed_tasks_of
from tests.support.house import Case, House, proposal, sha
from tests.support.refusal import refused


async def at_review(house: House, **changes: Any) -> tuple[Case, dict[str, Any]]:
    """A case whose review is open, and its gate."""
    case = await house.propose(**changes)
    return case, await case.gate("review")


def decision(opened: dict[str, Any], actor: str = "expert.lim", **changes: Any) -> Decision:
    """A good decision, but for ``changes``."""
    fields = {"gate": opened["id"], "verdict": Choice.APPROVE, "content_hash": opened["content_hash"]}
    return Decision(**(fields | {"actor": actor} | changes))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"actor": "coord.seo"}, CaseRule.OWN_PROPOSAL),
        ({"actor": "nobody"}, CaseRule.ROLE_NOT_HELD),
        ({"actor": "treasury.cho"}, CaseRule.ROLE_NOT_HELD),
        ({"actor": "director.kang"}, CaseRule.ROLE_NOT_HELD),
        ({"role": "wizard"}, CaseRule.UNKNOWN_ROLE),
        ({"role": "ministry"}, CaseRule.ROLE_NOT_HELD),
        ({"content_hash": sha("something else")}, CaseRule.STALE_CONTENT),
        ({"verdict": Choice.REJECT}, CaseRule.COMMENT_REQUIRED),
        ({"verdict": Choice.RETURN, "comment": "  "}, CaseRule.COMMENT_REQUIRED),
        ({"gate": "{case}:review:2"}, CaseRule.WRONG_ROUND),
        ({"gate": "{case}:launch:1"}, CaseRule.UNKNOWN_GATE),
        ({"gate": "{case}"}, CaseRule.UNKNOWN_GATE),
        ({"gate": "{case}:review:-1"}, CaseRule.UNKNOWN_GATE),
    ],
)
async def test_a_decision_that_breaks_a_rule(house: House, changes: dict[str, Any], rule: Rule) -> None:
    case, gate = await at_review(house)
    if "gate" in changes:
        changes = changes | {"gate": changes["gate"].format(case=case.id)}
    await refused(case, "decide", decision(gate, **changes), rule)
    await case.withdraw()


async def test_one_person_one_vote_and_the_same_vote_again_gets_the_first_answer(house: House) -> None:
    case, gate = await at_review(house)
    first = await case.vote(gate, "expert.lim")
    assert await case.vote(gate, "expert.lim") == first
    other_id = await case.handle.execute_update(
        "decide", decision(gate), id="another id", result_type=type(first)
    )
    assert other_id == first
    await refused(case, "decide", decision(gate, verdict=Choice.REJECT, comment="No."), CaseRule.SECOND_VOTE)
    assert case.actions().count("vote approve") == 1
    await case.withdraw()


async def test_two_people_cannot_take_one_seat(house: House) -> None:
    case, gate = await at_review(house)
    await case.vote(gate, "expert.lim")
    await refused(case, "decide", decision(gate, "expert.moon"), CaseRule.SEAT_TAKEN)
    await case.withdraw()


async def test_a_proposer_with_a_seat_is_refused_and_so_is_who_revised(house: House) -> None:
    case, gate = await at_review(house, proposer="expert.moon")
    await refused(case, "decide", decision(gate, "expert.moon"), CaseRule.OWN_PROPOSAL)
    for actor in ("expert.lim", "sec.han"):
        await case.vote(gate, actor, "return", "Unclear.")
    await case.resubmit("review")
    gate = await case.gate("review", 2)
    await refused(case, "decide", decision(gate, "expert.moon"), CaseRule.OWN_PROPOSAL)
    await case.withdraw()


async def test_a_stage_that_is_over(house: House) -> None:
    case, gate = await at_review(house)
    await case.approve("review")
    await case.gate("funding")
    await refused(case, "decide", decision(gate, "molit.park"), CaseRule.STAGE_OVER)
    await case.withdraw()


async def test_a_stage_of_a_child_that_is_over(house: House) -> None:
    case = await house.propose()
    await case.reach("study.inception")
    gate = await case.gate("study.inception")
    await case.reach_from("study.inception", stop="agreement.text")
    await refused(case, "decide", decision(gate, "sec.han"), CaseRule.STAGE_OVER)
    await case.withdraw()


async def test_a_closed_case_answers_old_messages_and_refuses_new_ones(house: House) -> None:
    case, gate = await at_review(house)
    first = await case.vote(gate, "expert.lim")
    await case.withdraw()
    await case.ended()
    again = await case.vote(gate, "expert.lim")
    assert (again.accepted, again.seq) == (True, first.seq)
    await refused(case, "decide", decision(gate, "sec.han"), CaseRule.CASE_CLOSED)


async def test_an_unknown_case(house: House) -> None:
    with pytest.raises(Refused) as error:
        await house.cases.send("withdraw", Withdrawal(case="NO-SUCH", actor="coord.seo", reason="?"))
    assert error.value.rule == CaseRule.UNKNOWN_CASE


async def test_only_the_proposer_and_coordinators_withdraw(house: House) -> None:
    case, _ = await at_review(house)
    message = Withdrawal(case=case.id, actor="expert.lim", reason="I do not like it.")
    await refused(case, "withdraw", message, CaseRule.ROLE_NOT_HELD)
    assert (await case.withdraw("expert.moon")).accepted


async def test_a_withdrawal_for_another_case_does_not_end_this_one(house: House) -> None:
    case, _ = await at_review(house)
    message = Withdrawal(case="OTHER-1", actor="coord.seo", reason="Wrong address.")
    await case.handle.signal("withdraw", message)
    await case.withdraw()
    assert [row["rule"] for row in case.history(refused=True)] == [CaseRule.UNKNOWN_GATE]


async def test_a_resubmission_must_change_something_and_stay_within_the_rules(house: House) -> None:
    case, gate = await at_review(house)
    for actor in ("expert.lim", "sec.han"):
        await case.vote(gate, actor, "return", "Unclear.")
    gate = await case.gate("review.revision")
    old = case.proposal
    dear = old.requested.model_copy(update={"minor": 2_000_000_000})
    for new, rule in (
        (old, CaseRule.NOTHING_CHANGED),
        (old.model_copy(update={"case": "OTHER-1"}), CaseRule.ANOTHER_CASE),
        (old.model_copy(update={"proposer": "expert.moon"}), CaseRule.ANOTHER_CASE),
        (old.model_copy(update={"country": "KR"}), CaseRule.ANOTHER_CASE),
        (old.model_copy(update={"requested": dear}), PartnershipRule.OVER_CEILING),
        (
            old.model_copy(update={"requested": dear.model_copy(update={"currency": "USD", "minor": 5})}),
            MoneyRule.WRONG_CURRENCY,
        ),
    ):
        message = Resubmission(gate=gate["id"], actor="coord.seo", proposal=new)
        await refused(case, "resubmit", message, rule)
    await case.withdraw()


async def test_the_applicant_is_never_the_payee(house: House) -> None:
    case = await house.propose()
    await case.reach("study.award")
    gate = await case.gate("study.award")
    own = Award(gate=gate["id"], actor="sec.han", contractor=case.proposal.applicant.upper(), tender="T-1")
    await refused(case, "award", own, StudyRule.PAYEE)
    await refused(case, "award", own.model_copy(update={"actor": "coord.seo"}), CaseRule.ROLE_NOT_HELD)
    await case.withdraw()


async def test_only_the_final_deliverable_has_a_finding(house: House) -> None:
    case = await house.propose()
    await case.reach("study.final-delivery")
    assert (await case.deliver("final", finding=None)).rule == StudyRule.FINDING
    assert (await case.deliver("final", finding="conditional")).rule == StudyRule.FINDING
    assert (await case.deliver("final", conditions=("One",))).rule == StudyRule.FINDING
    await case.deliver("final")
    assert (await case.vote(await case.gate("study.final"), "coord.seo")).rule == CaseRule.OWN_PROPOSAL
    await case.withdraw()


async def test_a_signature_binds_a_named_person_to_one_text(house: House) -> None:
    case = await house.propose()
    await case.reach("agreement.signing")
    assert (await case.sign("legal.yoon")).rule == AgreementRule.NOT_A_PARTY
    assert (await case.sign("minister.kr", document=sha("another"))).rule == AgreementRule.OTHER_TEXT
    assert (await case.sign("minister.kr", verdict="refuse")).rule == CaseRule.COMMENT_REQUIRED
    assert (await case.sign("minister.kr")).accepted
    assert (await case.sign("minister.kr", authority="again")).rule == AgreementRule.ALREADY_SIGNED
    await case.withdraw()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"proposer": "nobody"}, CaseRule.UNKNOWN_PERSON),
        ({"proposer": "treasury.cho"}, CaseRule.ROLE_NOT_HELD),
        ({"programme": "no-such"}, CaseRule.ANOTHER_CASE),
        ({"country": "XX"}, CaseRule.UNKNOWN_CODE),
        ({"country": "KR"}, CaseRule.ANOTHER_CASE),
    ],
)
async def test_a_proposal_that_breaks_a_rule_starts_nothing(
    house: House, changes: dict[str, Any], rule: Rule
) -> None:
    wrong = proposal(**changes)
    with pytest.raises(Refused) as error:
        await house.partnerships.propose(wrong)
    assert error.value.rule == rule
    assert not house.cases.exists(wrong.case)


GARBAGE: dict[str, list[Any]] = {
    "garbage": [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"{garbage"))],
    "binary": [RawValue(Payload(metadata={"encoding": b"binary/plain"}, data=b"\x00\xff"))],
    "unknown-encoding": [RawValue(Payload(metadata={"encoding": b"no/such"}, data=b"x"))],
    "missing-fields": [{"gate": "T-1:review:1"}],
    "extra-field": [
        {"gate": "T-1:review:1", "verdict": "approve", "actor": "a", "content_hash": "0" * 64, "x": 1}
    ],
    "wrong-type": [7],
    "null": [None],
    "nothing": [],
    "three": [1, 2, 3],
    "deep": [{"a": [[[[[[1]]]]]] * 50}],
}


async def test_no_signal_can_wedge_a_case(house: House) -> None:
    case, gate = await at_review(house)
    for args in GARBAGE.values():
        await case.handle.signal("decide", args=args)
    await case.handle.signal("no-such-message", "?")
    await case.handle.signal("stop")
    assert (await case.vote(gate, "expert.lim")).accepted
    rules = [row["rule"] for row in case.history(refused=True)]
    assert rules.count(CaseRule.MALFORMED) == len(GARBAGE)
    assert rules.count(CaseRule.UNKNOWN_MESSAGE) == 2
    assert await failed_tasks_of(case.handle) == []
    await case.withdraw()


async def test_a_signal_decides_and_is_refused_like_an_update(house: House) -> None:
    case, gate = await at_review(house)
    await case.handle.signal("decide", decision(gate, "coord.seo"))
    await case.handle.signal("decide", decision(gate, gate=f"{case.id}:launch:1"))
    await case.handle.signal("decide", decision(gate))
    await case.vote(gate, "sec.han")
    await case.gate("funding")
    refusals = {row["rule"] for row in case.history(refused=True)}
    assert refusals == {CaseRule.OWN_PROPOSAL, CaseRule.UNKNOWN_GATE}
    await case.withdraw()


async def test_nobody_answers_means_not_confirmed_and_the_same_again_is_safe(house: House) -> None:
    case, gate = await at_review(house)
    hasty = CaseService(house.client, house.database, patience=timedelta(milliseconds=200))
    with house.database.begin() as connection:
        record.lock(connection)  # nobody else can write until this ends
        with pytest.raises(NotConfirmed):
            await hasty.send("decide", decision(gate))
    assert (await case.vote(gate, "expert.lim")).accepted
    assert case.actions().count("vote approve") == 1
    await case.withdraw()


async def test_what_was_refused_too_early_is_judged_anew(house: House) -> None:
    case, gate = await at_review(house)
    assert (await case.vote(gate, "director.kang")).rule == CaseRule.ROLE_NOT_HELD
    await house.skip(case.handle, days=34)  # due: the deadline calls the director in
    assert (await case.vote(gate, "director.kang")).accepted
    await case.withdraw()
