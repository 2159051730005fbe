"""Whether two entries say the same: by meaning, not by wording."""

from typing import Any

import pytest

from models.case.same import same

MOVES = {"effect": "moves", "transfer": {"kind": "post", "amount": 5}}
ENTRY: dict[str, Any] = {
    "key": "T-1:review:1:approve:expert.lim",
    "action": "approve",
    "actor": "expert.lim",
    "on_behalf_of": None,
    "content_hash": "0" * 64,
    "reason": "Good.",
    "at": "2026-03-02T09:00:00Z",
    "facts": {"votes": [{"who": "lim"}], "days": 3},
    "effects": [
        {"effect": "moves", "transfer": {"kind": "post", "amount": 5}},
        {"effect": "tells", "text": "Dear"},
    ],
}


def test_wording_time_and_letters_do_not_matter() -> None:
    told_anew = [
        ENTRY["effects"][0],
        {"effect": "tells", "text": "Sehr geehrte"},
        {"effect": "tells", "text": "Dear"},
    ]
    other = ENTRY | {"reason": "Gut.", "at": "2027-01-01T00:00:00Z", "effects": told_anew}
    assert same(other, ENTRY)


def test_a_field_that_only_one_has_does_not_matter() -> None:
    assert same(ENTRY | {"facts": ENTRY["facts"] | {"since_2027": 1}}, ENTRY)
    assert same(ENTRY, {name: value for name, value in ENTRY.items() if name != "on_behalf_of"})
    assert same({name: value for name, value in ENTRY.items() if name != "facts"}, ENTRY)
    assert same(ENTRY | {"facts": {"days": None}}, ENTRY)
    bare = {name: value for name, value in ENTRY.items() if name != "effects"}
    assert same(bare, ENTRY | {"effects": [ENTRY["effects"][1]]})


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "reject"},
        {"actor": "sec.han"},
        {"on_behalf_of": "sec.bae"},
        {"content_hash": "1" * 64},
        {"facts": {"days": 4}},
        {"facts": {"votes": [{"who": "han"}]}},
        {"facts": {"votes": []}},
        {"facts": {"votes": "lim"}},
        {"facts": {"votes": [7]}},
        {"facts": {"votes": 7}},
        {"effects": [{"effect": "moves", "transfer": {"kind": "post", "amount": 6}}]},
        {"effects": [{"effect": "moves", "transfer": {"kind": "void", "amount": 5}}]},
        {"effects": []},
        {"effects": [MOVES, MOVES]},
    ],
)
def test_what_was_done_by_whom_on_what_does(changed: dict[str, Any]) -> None:
    assert not same(ENTRY | changed, ENTRY)
    assert not same(ENTRY, ENTRY | changed)
