"""Tranches, and which deliverable carries the finding."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from models.amount import LARGEST, Amount
from models.study.study import Deliverable, Delivery, Finding, finding_is_in_place
from models.study.terms import StudyTerms
from models.study.tranche import Tranche, by_name, problem, shares, steps


def delivery(**changes: Any) -> Delivery:
    fields = {"gate": "KCN-1:study.final-delivery:1", "actor": "kim", "document": "d" * 64}
    return Delivery.model_validate(fields | changes)


def terms(written: Any) -> tuple[Tranche, ...]:
    """Tranches as a programme writes them."""
    return TypeAdapter(tuple[Tranche, ...]).validate_python(by_name(written))


def divided(total: int, *percents: int) -> list[int]:
    found = shares(Amount(minor=total, currency="KRW"), terms(dict(zip(Deliverable, percents, strict=True))))
    return [share.minor for share in found.values()]


percents = st.tuples(st.integers(1, 98), st.integers(1, 98)).filter(lambda two: sum(two) < 100)
splits = percents.map(lambda two: (*two, 100 - sum(two)))


@settings(max_examples=200)
@given(st.integers(100, LARGEST - 1), splits)
def test_tranches_add_up_to_the_total(total: int, split: tuple[int, int, int]) -> None:
    found = divided(total, *split)
    assert sum(found) == total
    assert min(found) >= 0


@settings(max_examples=100)
@given(st.integers(100, LARGEST - 1), splits)
def test_tranches_before_the_last_are_rounded_down_and_the_last_takes_the_rest(
    total: int, split: tuple[int, int, int]
) -> None:
    found = divided(total, *split)
    over = [100 * share - total * percent for share, percent in zip(found, split, strict=True)]
    assert all(-100 < rounding <= 0 for rounding in over[:-1])
    assert 0 <= over[-1] < 200


@pytest.mark.parametrize(
    ("total", "shares"), [(1000, [300, 400, 300]), (1001, [300, 400, 301]), (1009, [302, 403, 304])]
)
def test_thirty_forty_thirty(total: int, shares: list[int]) -> None:
    assert divided(total, 30, 40, 30) == shares


def test_tranches_keep_the_currency_and_the_order() -> None:
    found = shares(Amount(minor=1000, currency="USD"), terms(dict.fromkeys(Deliverable, 33)))
    assert list(found) == list(Deliverable)
    assert {share.currency for share in found.values()} == {"USD"}


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


THIRDS: dict[str, Any] = {"inception": 30, "interim": 40}
PERMIT: dict[str, Any] = {"percent": 30, "milestone": "The city has issued its permit."}


@pytest.mark.parametrize(
    ("written", "in_order"),
    [
        (THIRDS | {"final": 30}, "inception interim final"),
        ({"final": 100}, "inception interim final"),
        ({"interim": 100}, "inception interim final"),
        ({"permit": PERMIT | {"percent": 100}}, "permit inception interim final"),
        ({"inception": 70, "permit": PERMIT}, "inception permit interim final"),
        ({"interim": 70, "permit": PERMIT}, "inception interim permit final"),
        ({"advance": {"percent": 100, "days": 10}}, "inception interim final"),
        ({"permit": PERMIT, "site": PERMIT, "interim": 40}, "permit site inception interim final"),
    ],
)
def test_milestones_come_where_they_are_listed_and_no_deliverable_is_left_out(
    written: dict[str, Any], in_order: str
) -> None:
    assert steps(terms(written)) == tuple(in_order.split())
    assert problem(terms(written)) is None


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (THIRDS, "70 percent"),
        (THIRDS | {"final": 31}, "101 percent"),
        (
            {"interim": 40, "inception": 30, "final": 30},
            "tranches name deliverables in this order: inception, interim, final",
        ),
        ({"final": 70, "permit": PERMIT}, "'permit' comes after the final deliverable"),
        ({}, "0 percent"),
    ],
)
def test_tranches_that_cannot_be_are_refused(written: dict[str, Any], complaint: str) -> None:
    assert complaint in str(problem(terms(written)))


def test_two_tranches_never_have_one_name() -> None:
    twice = [{"name": "final", "percent": 50}] * 2
    assert "two tranches" in str(problem(TypeAdapter(tuple[Tranche, ...]).validate_python(twice)))


WRONG_TRANCHES: list[dict[str, Any]] = [
    {"draft": 100},
    {"inception": 0},
    {"inception": -1},
    {"inception": 101},
    {"inception": "all"},
    {"inception": {"percent": 100, "days": 3}},
    {"inception": {"percent": 100, "milestone": "Done."}},
    {"permit": {"percent": 100}},
    {"permit": {"percent": 100, "milestone": "Done.", "days": 3}},
    {"permit": {"percent": 100, "milestone": ""}},
    {"permit": {"percent": 100, "days": 0}},
    {"permit": {"percent": 100, "day": "2026-11-24"}},
    {"award": PERMIT},
    {"tender": PERMIT},
    {"taskforce": PERMIT},
    {"final-payment": PERMIT},
    {"": PERMIT},
    {"x" * 32: PERMIT},
]


@pytest.mark.parametrize("written", WRONG_TRANCHES, ids=str)
def test_what_is_no_tranche_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        terms(written)


def test_a_programme_takes_tranches_as_they_are_written_and_as_they_are_kept() -> None:
    written = {"advance": {"percent": 10, "days": 30}, "inception": 30, "permit": PERMIT, "final": 30}
    adapter = TypeAdapter(StudyTerms.model_fields["tranches"].rebuild_annotation())
    read = adapter.validate_python(written)
    assert read == terms(written)
    assert adapter.validate_json(adapter.dump_json(read)) == read
