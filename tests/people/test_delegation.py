"""Who may let whom act for them: what a refusal says, and which roles somebody may take on."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from models.case.rule import Broken, CaseRule
from models.people.delegation import Delegation, clash, left, refusal
from models.people.person import Exclusion, Holding
from models.people.rule import PeopleRule
from tests.support.delegations import CHO, TODAY, YOON, asked, standing

APART = (Exclusion(one="treasury", other="contractor"), Exclusion(one="legal", other="expert"))


@pytest.mark.parametrize(
    ("changes", "people", "broken"),
    [
        ({}, {"giver": None}, Broken(CaseRule.UNKNOWN_PERSON, "(cho)")),
        ({}, {"taker": None}, Broken(CaseRule.UNKNOWN_PERSON, "(yoon)")),
        (
            {"roles": ["treasury", "chair", "expert"]},
            {},
            Broken(
                CaseRule.ROLE_NOT_HELD,
                "(cho: chair, expert); a delegation gives what its giver holds in person now, "
                "and is never passed on.",
            ),
        ),
        ({}, {"between": [standing("yoon", "cho")]}, Broken(PeopleRule.DELEGATION_CIRCLE, "(D-1)")),
        ({}, {"between": [standing()]}, Broken(PeopleRule.ALREADY_DELEGATED, "(D-1)")),
    ],
)
def test_a_refusal_names_what_is_in_the_way(
    changes: dict[str, Any], people: dict[str, Any], broken: Broken
) -> None:
    fields: dict[str, Any] = {
        "giver": CHO,
        "taker": YOON,
        "between": (),
        "accounts": frozenset({"cho"}),
    } | people
    assert refusal(asked(**changes), today=TODAY, **fields) == broken


def test_roles_that_exclude_each_other_are_not_taken_on() -> None:
    assert clash(("treasury",), (), APART) is None
    assert clash(("treasury",), ("expert",), APART) is None
    assert clash(("treasury",), ("contractor",), APART) is APART[0]
    assert clash(("treasury", "contractor"), (), APART) is APART[0]
    assert clash(("expert",), ("chair", "legal"), APART) is APART[1]
    assert clash(("chair",), ("legal", "expert"), APART) is None, "that is not of this delegation's making"


def test_what_is_left_of_a_delegation_is_what_goes_with_the_roles_held() -> None:
    assert left(("treasury", "legal"), ("contractor",), APART) == ("legal",)
    assert left(("treasury", "legal"), ("contractor", "expert"), APART) == ()
    assert left(("treasury", "contractor"), (), APART) == ("treasury", "contractor")
    assert left((), ("contractor",), APART) == ()


@pytest.mark.parametrize(
    ("one", "other", "breached"),
    [
        ({}, {}, True),
        ({"until": date(2026, 6, 30)}, {}, True),
        ({"since": date(2026, 7, 1)}, {}, True),
        ({"until": date(2026, 6, 30)}, {"since": date(2026, 7, 1)}, False),
        ({"until": date(2026, 7, 1)}, {"since": date(2026, 7, 1)}, True),
        ({"since": date(2026, 7, 1)}, {"until": date(2026, 6, 30)}, False),
        ({"until": date(2026, 6, 30)}, {"until": date(2026, 7, 1)}, True),
        ({"since": date(2026, 6, 30)}, {"since": date(2026, 7, 1)}, True),
    ],
)
def test_two_roles_exclude_each_other_on_days_on_which_both_are_held(
    one: dict[str, Any], other: dict[str, Any], breached: bool
) -> None:
    holdings = [Holding(role="treasury", **one), Holding(role="contractor", **other)]
    assert APART[0].breached_by(holdings) is breached
    assert APART[0].breached_by(holdings[::-1]) is breached
    assert not APART[1].breached_by(holdings)


def given(**changes: Any) -> Delegation:
    """``an`` lets ``bo`` vote as an expert."""
    fields = {"id": "D-1", "giver": "an", "taker": "bo", "roles": ["expert"], "instrument": "Order 7"}
    return Delegation.model_validate(fields | changes)


def test_nobody_delegates_to_themselves() -> None:
    with pytest.raises(ValidationError, match="nobody delegates to themselves"):
        given(taker="an")


@pytest.mark.parametrize(
    ("day", "in_force"),
    [
        (date(2027, 2, 28), False),
        (date(2027, 3, 1), True),
        (date(2027, 3, 31), True),
        (date(2027, 4, 1), False),
    ],
)
def test_delegation_is_in_force_from_its_first_day_to_its_last(day: date, in_force: bool) -> None:
    assert given(since="2027-03-01", until="2027-03-31").covers(day) is in_force
