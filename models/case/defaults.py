"""Defaults of a programme file: what holds for every deadline and panel that does not say it."""

from collections.abc import Mapping
from typing import Any

from models.files import meant

DEADLINE = frozenset(("escalate_to", "grace_days", "remind_before", "consequence"))
"""What a table with ``working_days`` takes from the defaults."""
DECISION = frozenset(("declared", "attested"))
"""What a table with a panel and a deadline takes."""


def with_defaults(given: Any) -> Any:
    """A programme as its file has it, ``[defaults]`` written out wherever nothing else is. ValueError: a
    default that there is not. What they are worth is checked where they stand then.
    """
    if not isinstance(given, Mapping) or "defaults" not in given:
        return given
    defaults = given["defaults"]
    if not isinstance(defaults, Mapping):
        raise ValueError("defaults: write them as a table, [defaults]")
    if unknown := [key for key in defaults if key not in DEADLINE | DECISION]:
        known = sorted(DEADLINE | DECISION)
        raise ValueError(f"defaults.{unknown[0]}: there is no such default; {meant(unknown[0], known)}")
    return {key: _filled(value, defaults) for key, value in given.items() if key != "defaults"}


def _filled(given: Any, defaults: Mapping[str, Any]) -> Any:
    if isinstance(given, list):
        return [_filled(one, defaults) for one in given]
    if not isinstance(given, Mapping):
        return given
    takes = DEADLINE if "working_days" in given else frozenset[str]()
    takes |= DECISION if {"panel", "deadline"} <= given.keys() else frozenset()
    inherited = {key: value for key, value in defaults.items() if key in takes}
    return inherited | {key: _filled(value, defaults) for key, value in given.items()}
