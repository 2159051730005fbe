"""What differs between two values, key by key."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.documents import load
from models.base import canonical
from models.case.difference import Change, What, difference
from models.partnership.programme import Programme
from runtime.settings import ROOT
from tests.support.k_city import VERSION

K_CITY = load(ROOT / "programmes" / "k-city-2020.toml", Programme.model_validate).in_full()

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "1", "true"])
keys = st.sampled_from(["id", "name", "above", "x", "y"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def told(before: Any, after: Any) -> list[tuple[str, str, Any, Any]]:
    """The changes as plain tuples."""
    return [(change.path, str(change.what), *change[2:]) for change in difference(before, after)]


@settings(max_examples=400)
@given(values, values)
def test_nothing_differs_exactly_when_both_are_the_same_json(before: Any, after: Any) -> None:
    assert (difference(before, after) == ()) == (canonical(before) == canonical(after))


@settings(max_examples=200)
@given(values, values)
def test_the_way_back_undoes_every_change(before: Any, after: Any) -> None:
    there, back = difference(before, after), difference(after, before)
    turned = {What.ADDED: What.REMOVED, What.REMOVED: What.ADDED, What.CHANGED: What.CHANGED}
    key = repr
    assert sorted((Change(one.path, turned[one.what], one.after, one.before) for one in there), key=key) == (
        sorted(back, key=key)
    )


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1}, {"a": 2}, [("a", "changed", 1, 2)]),
        ({"a": 1}, {}, [("a", "removed", 1, None)]),
        ({}, {"a": None}, [("a", "added", None, None)]),
        ({"a": None}, {"a": 1}, [("a", "changed", None, 1)]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [2, 1]}}, [("a.b", "changed", [1, 2], [2, 1])]),
        ({"a": True}, {"a": 1}, [("a", "changed", True, 1)]),
        ({"a": {}}, {"a": []}, [("a", "changed", {}, [])]),
        ({"a": []}, {"a": ["x"]}, [("a", "changed", [], ["x"])]),
        ({"s": [{"id": "p", "c": 1}]}, {"s": [{"id": "p", "c": 2}]}, [("s[p].c", "changed", 1, 2)]),
        ({"s": [{"id": "p"}]}, {"s": [{"id": "q"}]}, [
            ("s[p]", "removed", {"id": "p"}, None),
            ("s[q]", "added", None, {"id": "q"}),
        ]),
        ({"s": [{"id": "p"}, {"id": "q"}]}, {"s": [{"id": "q"}, {"id": "p"}]}, [
            ("s", "changed", ["p", "q"], ["q", "p"]),
        ]),
        ({"s": [{"id": "p"}, {"id": "p"}]}, {"s": [{"id": "p"}]}, [("s[]", "removed", {"id": "p"}, None)]),
    ],
)  # fmt: skip
def test_each_kind_of_change_is_told(before: Any, after: Any, changes: list[Any]) -> None:
    assert told(before, after) == changes


def test_a_programme_is_told_by_the_paths_people_know() -> None:
    body = K_CITY["review"]["panel"]["bodies"][0]
    changed = K_CITY | {
        "version": VERSION + 1,
        "duties": K_CITY["duties"][1:],
        "countries": K_CITY["countries"][:-1],
        "ceilings": {k: v for k, v in K_CITY["ceilings"].items() if k != "pre_feasibility"},
        "review": K_CITY["review"] | {"panel": {"bodies": [body | {"quorum": 3}], "chain": False}},
    }
    assert told(K_CITY, changed) == [
        ("version", "changed", VERSION, VERSION + 1),
        ("duties[]", "removed", {"one": "review", "other": "approve"}, None),
        ("countries", "changed", K_CITY["countries"], changed["countries"]),
        ("ceilings.pre_feasibility", "removed", K_CITY["ceilings"]["pre_feasibility"], None),
        ("review.panel.bodies[panel].quorum", "changed", 2, 3),
    ]
