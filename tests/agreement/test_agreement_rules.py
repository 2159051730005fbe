"""Who may sign which text, and when a round of signatures is over."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.agreement.agreement import Round, Signature, Text, judge_signature
from models.agreement.rule import AgreementRule
from models.case.rule import CaseRule, Rule

TABLED, OTHER = "a" * 64, "b" * 64
SIGNATORIES = ("kim", "nguyen", "santos")


def parties(*signatories: str) -> list[dict[str, str]]:
    return [{"organisation": f"Office of {who}", "country": "KR", "signatory": who} for who in signatories]


def text(**changes: Any) -> Text:
    fields = {"gate": "KCN-1:agreement.text:1", "actor": "lee", "kind": "mou", "title": "Memorandum"}
    return Text.model_validate(fields | {"document": TABLED, "parties": parties(*SIGNATORIES)} | changes)


def signature(actor: str = "kim", **changes: Any) -> Signature:
    fields = {"gate": "KCN-1:agreement.signing:1", "actor": actor, "verdict": "sign", "document": TABLED}
    return Signature.model_validate(fields | changes)


def answered(sent: list[Signature]) -> Round:
    """The round after all have sent their answer, whatever became of each."""
    round_ = Round(text=text())
    for one in sent:
        round_ = round_ if judge_signature(round_, one) else round_.with_signature(one, one.actor)
    return round_


signatures = st.builds(
    signature,
    actor=st.sampled_from([*SIGNATORIES, "lee"]),
    verdict=st.sampled_from(["sign", "sign", "refuse"]),
    document=st.sampled_from([TABLED, TABLED, OTHER]),
    comment=st.sampled_from(["", "Article 4."]),
)


@settings(max_examples=150)
@given(st.lists(signatures, max_size=10))
def test_each_signatory_answers_the_text_on_the_table_once(sent: list[Signature]) -> None:
    given_ = answered(sent).signatures
    actors = [one.actor for one in given_]
    assert len(actors) == len(set(actors))
    assert set(actors) <= set(SIGNATORIES)
    assert {one.document for one in given_} <= {TABLED}


@settings(max_examples=150)
@given(st.lists(signatures, max_size=10))
def test_round_is_settled_by_all_signatures_or_one_refusal(sent: list[Signature]) -> None:
    round_ = answered(sent)
    refused = any(one.verdict == "refuse" for one in round_.signatures)
    complete = {one.actor for one in round_.signatures} == set(SIGNATORIES)
    assert round_.settled == (refused or complete)
    assert (round_.refusal is not None) == refused


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"actor": "lee"}, AgreementRule.NOT_A_PARTY),
        ({"document": OTHER}, AgreementRule.OTHER_TEXT),
        ({"verdict": "refuse"}, CaseRule.COMMENT_REQUIRED),
        ({"verdict": "refuse", "comment": "  "}, CaseRule.COMMENT_REQUIRED),
        ({"verdict": "refuse", "comment": "Article 4."}, None),
        ({}, None),
    ],
)
def test_signature_is_judged_by_the_rules(changes: dict[str, str], rule: Rule | None) -> None:
    assert judge_signature(Round(text=text()), signature(**changes)) == rule


def test_second_answer_of_a_signatory_is_refused() -> None:
    once = Round(text=text()).with_signature(signature(), "s.one")
    change_of_mind = signature(verdict="refuse", comment="Article 4.")
    assert judge_signature(once, change_of_mind) == AgreementRule.ALREADY_SIGNED


def test_round_with_a_signature_leaves_the_first_round_as_it_was() -> None:
    before = Round(text=text())
    assert len(before.with_signature(signature(), "s.one").signatures) == 1
    assert before.signatures == ()


def test_one_person_cannot_sign_for_two_parties() -> None:
    with pytest.raises(ValidationError, match=r"two or more parties with different signatories"):
        text(parties=parties("kim", "kim"))


@pytest.mark.parametrize("count", [0, 1, 21])
def test_agreement_has_two_to_twenty_parties(count: int) -> None:
    with pytest.raises(ValidationError, match="parties"):
        text(parties=parties(*(f"p{number}" for number in range(count))))


@pytest.mark.parametrize(
    ("field", "value"),
    [("document", "a" * 65), ("kind", "treaty"), ("title", ""), ("title", "Memo\x07"), ("title", "x" * 201)],
)
def test_malformed_text_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValidationError, match=field):
        text(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [("document", "a" * 63), ("verdict", "approve"), ("authority", "\x1b[2J"), ("comment", "x" * 4001)],
)
def test_malformed_signature_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValidationError, match=field):
        signature(**{field: value})
