"""A transfer is refused by a rule of money, or by one of any case: either is read back by its name."""

import pytest

from models.case.rule import CaseRule, Rule
from models.money.rule import MoneyRule, rule_of_refusal


@pytest.mark.parametrize("rule", [*MoneyRule, *CaseRule])
def test_the_rule_of_a_refused_transfer_is_read_back(rule: Rule) -> None:
    assert rule_of_refusal(str(rule)) is rule
