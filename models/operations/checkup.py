"""A check-up of an installation: one finding for each thing that was looked at. Pure."""

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARNING = "warning"
    """Nothing fails today; somebody should see to it."""
    PROBLEM = "problem"
    """Something fails, or will."""


class Finding(NamedTuple):
    """What was found of one thing, and what to do; empty where nothing is."""

    what: str
    verdict: Verdict
    says: str
    todo: str = ""


def ok(what: str, says: str) -> Finding:
    """It is as it should be."""
    return Finding(what, Verdict.OK, says)


def warning(what: str, says: str, todo: str) -> Finding:
    """Somebody should see to it."""
    return Finding(what, Verdict.WARNING, says, todo)


def problem(what: str, says: str, todo: str) -> Finding:
    """It must be mended."""
    return Finding(what, Verdict.PROBLEM, says, todo)


def judged(what: str, measured: float, limits: tuple[float, float], says: str, todo: str) -> Finding:
    """What is measured against two limits: from the first on it is a warning, from the second a problem."""
    early, late = limits
    if measured < early:
        return ok(what, says)
    return (problem if measured >= late else warning)(what, says, todo)
