"""Defaults of a programme: written out where nothing else is, and nowhere else."""

from typing import Any

import pytest
from pydantic import ValidationError

from adapters.documents import load
from models.case.defaults import with_defaults
from models.partnership.programme import Programme
from runtime.settings import ROOT

SHIPPED = load(ROOT / "programmes" / "k-city-2020.toml", Programme.model_validate)


def test_what_a_deadline_or_a_panel_does_not_say_holds_by_default() -> None:
    given = {
        "defaults": {"escalate_to": "director", "attested": True, "grace_days": 7},
        "review": {"panel": {}, "deadline": {"working_days": 5}, "attested": False},
        "award": {"roles": [], "deadline": {"working_days": 5, "grace_days": 1}},
        "revision": {"working_days": 3},
        "parts": [{"working_days": 1}],
        "title": "T",
    }
    assert with_defaults(given) == {
        "review": {
            "panel": {},
            "deadline": {"working_days": 5, "escalate_to": "director", "grace_days": 7},
            "attested": False,
        },
        "award": {"roles": [], "deadline": {"working_days": 5, "escalate_to": "director", "grace_days": 1}},
        "revision": {"working_days": 3, "escalate_to": "director", "grace_days": 7},
        "parts": [{"working_days": 1, "escalate_to": "director", "grace_days": 7}],
        "title": "T",
    }


def test_a_programme_is_the_same_with_its_defaults_written_out() -> None:
    given = SHIPPED.content()
    short = _without(given, "escalate_to", "director") | {"defaults": {"escalate_to": "director"}}
    assert str(short).count("escalate_to") < str(given).count("escalate_to")
    assert Programme.model_validate(short).digest() == SHIPPED.digest()


def _without(given: Any, key: str, value: Any) -> Any:
    if isinstance(given, list):
        return [_without(one, key, value) for one in given]
    if not isinstance(given, dict):
        return given
    return {name: _without(one, key, value) for name, one in given.items() if (name, one) != (key, value)}


@pytest.mark.parametrize(
    ("defaults", "says"),
    [
        ({"colour": "red"}, r"defaults\.colour: there is no such default; there are: attested, "),
        ({"escalates_to": "director"}, r"defaults\.escalates_to: .* did you mean escalate_to\?"),
        ("director", r"defaults: write them as a table"),
        ({"grace_days": 0}, r"deadline\.grace_days"),
        ({"attested": "perhaps"}, r"review\.attested"),
    ],
)
def test_a_default_that_there_is_not_or_that_cannot_be_is_refused(defaults: Any, says: str) -> None:
    given = _without(SHIPPED.content(), "grace_days", 10) | {"defaults": defaults}
    with pytest.raises(ValidationError, match=says):
        Programme.model_validate(given)
