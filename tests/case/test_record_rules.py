"""The digest that every record rests on, the names of gates, and what a workflow carries along."""

import hashlib
import json
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cli.rules import RULES
from models.amount import Amount
from models.base import canonical, digest
from models.case.gate import GateRef
from models.case.record import Entry
from models.case.rule import Rule
from models.partnership.partnership import Proposal, Stage
from runtime.settings import ROOT

HASH = "a" * 64
PROPOSAL: dict[str, Any] = {
    "case": "KCN-2020-01",
    "programme": "k-city-2020",
    "title": "Smart water for Hu\u1ebf",
    "country": "VN",
    "applicant": "City of Hue",
    "study": "master_plan",
    "requested": {"minor": 700_000_000, "currency": "KRW"},
    "proposer": "nguyen",
    "starts": "2026-03-01",
}
words = st.text(max_size=8)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15)
values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=10,
)


def test_canonical_json_sorts_keys_and_leaves_no_space() -> None:
    content = {"b": [1, 2.50, True, None], "a": "h\u00e9\n"}
    assert canonical(content) == '{"a":"h\u00e9\\n","b":[1,2.5,true,null]}'.encode()


def test_digest_is_the_sha256_of_the_canonical_json() -> None:
    assert digest({"b": 1, "a": 2}) == hashlib.sha256(b'{"a":2,"b":1}').hexdigest()


@settings(max_examples=100)
@given(values)
def test_digest_survives_a_journey_as_json(value: object) -> None:
    assert digest(json.loads(json.dumps(value))) == digest(value)
    assert digest(json.loads(canonical(value))) == digest(value)


@settings(max_examples=100)
@given(st.dictionaries(words, values, max_size=5), st.data())
def test_digest_does_not_depend_on_the_order_of_keys(content: dict[str, Any], data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(content.items()))))
    assert digest(shuffled) == digest(content)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800"])
def test_what_json_cannot_say_has_no_digest(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own kind of ValueError
        digest({"value": value})


def test_proposal_has_the_same_digest_after_a_journey_as_json() -> None:
    sent = Proposal.model_validate(PROPOSAL)
    assert Proposal.model_validate_json(sent.model_dump_json()).digest() == sent.digest()


def test_composed_and_decomposed_letters_have_the_same_digest() -> None:
    decomposed = Proposal.model_validate(PROPOSAL | {"title": "Smart water for Hue\u0302\u0301"})
    assert decomposed.title == PROPOSAL["title"]
    assert decomposed.digest() == Proposal.model_validate(PROPOSAL).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Smart water for Hue"},
        {"requested": {"minor": 700_000_001, "currency": "KRW"}},
        {"requested": {"minor": 700_000_000, "currency": "USD"}},
        {"starts": None},
        {"city": "Hue"},
    ],
)
def test_changed_proposal_has_another_digest(change: dict[str, Any]) -> None:
    changed = Proposal.model_validate(PROPOSAL | change)
    assert changed.digest() != Proposal.model_validate(PROPOSAL).digest()


@settings(max_examples=50)
@given(st.integers(1, 10**15 - 1))
def test_every_amount_has_a_digest(minor: int) -> None:
    assert len(Amount(minor=minor, currency="KRW").digest()) == 64


names = st.text(min_size=1, max_size=20).filter(lambda text: ":" not in text and text == text.strip())


@settings(max_examples=100)
@given(names, st.sampled_from(Stage), names, st.integers(0, 10**6))
def test_gate_id_is_read_as_its_parts(case: str, stage: Stage, part: str, round_: int) -> None:
    ref = GateRef.parse(f"{case}:{stage}.{part}:{round_}")
    assert ref == GateRef(case=case, name=f"{stage}.{part}", round=round_)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KCN-1",
        "KCN-1:review",
        "KCN-1:review:",
        "KCN-1:review:x",
        "KCN-1:review:-1",
        "KCN-1:review: 1",
        "KCN-1:review:1.0",
        "KCN-1:review:01",
        "KCN-1::1",
        ":review:1",
        "KCN-1:review:1:2",
        "KCN-1:review:1\n",
        "KCN-1:review:\u0661",
        "KCN-1:review:\u00b2",
    ],
)
def test_text_that_is_no_gate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a gate, e\.g\. KCN-2020-01:review:1"):
        GateRef.parse(text)


@pytest.mark.parametrize("rule", RULES.values())
def test_every_rule_says_in_a_sentence_what_it_asks(rule: Rule) -> None:
    assert rule.text.endswith(".")
    assert rule.text[0].isupper()


def test_every_rule_of_every_system_is_known_by_a_name_of_its_own() -> None:
    files = sorted((ROOT / "models").glob("*/rule.py"))
    modules = (import_module(f"models.{file.parent.name}.rule") for file in files)
    kinds = {one for module in modules for one in vars(module).values() if isinstance(one, type)}
    defined = [rule for kind in kinds if issubclass(kind, Rule) for rule in kind]
    assert sorted(RULES) == sorted(map(str, defined))
    assert len(set(RULES)) == len(defined)


def test_entry_on_record_refuses_unknown_fields() -> None:
    fields = {"key": "k", "stage": "review", "action": "opened", "at": datetime(2027, 1, 1, tzinfo=UTC)}
    assert Entry.model_validate(fields).actor == "accord"
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Entry.model_validate(fields | {"effect": "none"})
