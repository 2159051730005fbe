"""What is said of a value that breaks a rule: in words, never as a pattern."""

import ast

import pytest
from pydantic import ValidationError

from models.faults import FORMS
from models.files import explain
from models.training.cohort import Plan
from runtime.settings import ROOT
from tests.support.training import plan


def patterns() -> set[str]:
    """Every pattern that a message asks for, as the source has it."""
    trees = (ast.parse(path.read_text()) for path in (ROOT / "models").rglob("*.py"))
    return {
        str(node.value.value)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "pattern" and isinstance(node.value, ast.Constant)
    }


def test_every_form_of_text_is_told_in_words() -> None:
    assert patterns() == set(FORMS)


def test_a_list_with_wrong_elements_is_not_said_to_be_short_too() -> None:
    quota = {"country": "VN", "authority": "host.vn", "seats": -1}
    with pytest.raises(ValidationError) as refused:
        Plan.model_validate(plan("T-1").model_dump() | {"quotas": [quota]})
    assert explain(refused.value) == "quotas.0.seats: must be at least 0, not -1"
    with pytest.raises(ValidationError) as refused:
        Plan.model_validate(plan("T-1").model_dump() | {"quotas": []})
    assert explain(refused.value).startswith("quotas: must be longer (at least 1)")
