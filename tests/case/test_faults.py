"""What is said of a value that breaks a rule: in words, never as a pattern."""

import ast

from models.faults import FORMS
from runtime.settings import ROOT


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
