"""Tranches, and which deliverable carries the finding."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.amount import LARGEST, Amount
from models.study import Deliverable, Delivery, Finding, finding_is_in_place, tranches


def delivery(**changes: Any) -> Delivery:
    fields = {"gate": "KCN-1:study.final-delivery:1", "actor": "kim", "document": "d" * 64}
    return Delivery.model_validate(fields | changes)


def divided(total: int, *percents: int) -> list[int]:
    shares = tranches(Amount(minor=total, currency="KRW"), dict(zip(Deliverable, percents, strict=True)))
    return [share.minor for share in shares.values()]


percents = st.tuples(st.integers(1, 98), st.integers(1, 98)).filter(lambda two: sum(two) < 100)
splits = percents.map(lambda two: (*two, 100 - sum(two)))


@settings(max_examples=200)
@given(st.integers(100, LARGEST - 1), splits)
def test_tranches_add_up_to_the_total(total: int, split: tuple[int, int, int]) -> None:
    shares = divided(total, *split)
    assert sum(shares) == total
    assert min(shares) >= 0


@settings(max_examples=100)
@given(st.integers(100, LARGEST - 1), splits)
def test_tranches_before_the_last_are_rounded_down_and_the_last_takes_the_rest(
    total: int, split: tuple[int, int, int]
) -> None:
    shares = divided(total, *split)
    over = [100 * share - total * percent for share, percent in zip(shares, split, strict=True)]
    assert all(-100 < rounding <= 0 for rounding in over[:-1])
    assert 0 <= over[-1] < 200


@pytest.mark.parametrize(
    ("total", "shares"), [(1000, [300, 400, 300]), (1001, [300, 400, 301]), (1009, [302, 403, 304])]
)
def test_thirty_forty_thirty(total: int, shares: list[int]) -> None:
    assert divided(total, 30, 40, 30) == shares


def test_tranches_keep_the_currency_and_the_order() -> None:
    shares = tranches(Amount(minor=1000, currency="USD"), dict.fromkeys(Deliverable, 33))
    assert list(shares) == list(Deliverable)
    assert {share.currency for share in shares.values()} == {"USD"}


@pytest.mark.parametrize("total", [1, 2, 3])
def test_tranches_of_the_smallest_amounts_add_up_too(total: int) -> None:
    assert sum(divided(total, 30, 40, 30)) == total


@pytest.mark.parametrize("part", [Deliverable.INCEPTION, Deliverable.INTERIM])
def test_only_the_final_deliverable_carries_a_finding(part: Deliverable) -> None:
    for finding, conditions in product([None, *Finding], [(), ("Land title",)]):
        handed_in = delivery(finding=finding, conditions=conditions)
        assert finding_is_in_place(part, handed_in) == (finding is None and not conditions)


@pytest.mark.parametrize(
    ("finding", "conditions", "in_place"),
    [
        (None, (), False),
        (None, ("Land title",), False),
        (Finding.FEASIBLE, (), True),
        (Finding.FEASIBLE, ("Land title",), False),
        (Finding.INFEASIBLE, (), True),
        (Finding.INFEASIBLE, ("Land title",), False),
        (Finding.CONDITIONAL, (), False),
        (Finding.CONDITIONAL, ("Land title",), True),
    ],
)
def test_conditions_go_with_a_conditional_finding(
    finding: Finding | None, conditions: tuple[str, ...], in_place: bool
) -> None:
    final = delivery(finding=finding, conditions=conditions)
    assert finding_is_in_place(Deliverable.FINAL, final) is in_place


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("document", "d" * 63),
        ("finding", "maybe"),
        ("conditions", ["Land title"] * 21),
        ("conditions", [" "]),
        ("conditions", ["Land\x00title"]),
    ],
)
def test_malformed_delivery_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        delivery(**{field: value})
