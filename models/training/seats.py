"""Seats: who is next. Pure rules over the plan and the enrolments of a cohort.

Every country has its seats; whoever of it is waiting comes first there. What a country does not need, and the
pool, go to whoever is first in the ranking, whatever the country. Nobody who has a seat loses it to another.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from models.training.cohort import Plan
from models.training.enrolment import TAKES_PART, Enrolment, EnrolmentState

NOMINEES_PER_SEAT = 5
"""So many officials a country may nominate for every seat that one of them could get."""


def free(plan: Plan, enrolments: Iterable[Enrolment]) -> int:
    """How many seats nobody takes up; below zero: a merger or another plan left fewer than are taken."""
    return plan.seats - sum(one.seated for one in enrolments)


def waiting(enrolments: Iterable[Enrolment]) -> list[Enrolment]:
    """Who waits for a seat, in the order of the ranking."""
    waits = (one for one in enrolments if one.state is EnrolmentState.WAITLISTED)
    return sorted(waits, key=_order)


def next_in_turn(plan: Plan, enrolments: Sequence[Enrolment]) -> list[Enrolment]:
    """Everybody who gets a seat now, in the order in which they get it.

    First come those whose country has seats of its own left, then the ranking alone counts.
    """
    left = free(plan, enrolments)
    held = Counter(one.country for one in enrolments if one.seated)
    found: list[Enrolment] = []
    later: list[Enrolment] = []
    for one in waiting(enrolments):
        if held[one.country] < _seats_of(plan, one.country):
            held[one.country] += 1
            found.append(one)
        else:
            later.append(one)
    return [*found, *later][: max(left, 0)]


def most_nominees(plan: Plan, country: str) -> int:
    """How many officials a country may nominate: so that everybody who is nominated can be looked at."""
    return NOMINEES_PER_SEAT * (_seats_of(plan, country) + plan.pool)


def confirmed(enrolments: Iterable[Enrolment]) -> int:
    """How many will take part, as far as is known."""
    return sum(one.state in TAKES_PART for one in enrolments)


def ranking_problem(
    ranked: Sequence[str], unsuitable: Iterable[str], complete: Collection[str]
) -> str | None:
    """Why this is no ranking of the nominees whose documents are complete, or None."""
    named = Counter((*ranked, *unsuitable))
    if twice := sorted(nominee for nominee, times in named.items() if times > 1):
        return f"{twice[0]} is named twice."
    if unknown := sorted(named.keys() - set(complete)):
        return f"{unknown[0]} has no complete nomination here."
    if missing := sorted(set(complete) - named.keys()):
        return f"{missing[0]} is not named."
    return None


def _seats_of(plan: Plan, country: str) -> int:
    quota = plan.quota_of(country)
    return quota.seats if quota else 0


def _order(one: Enrolment) -> tuple[int, str]:
    """Who has no place comes last, in an order that does not change."""
    return (one.rank if one.rank is not None else 10**9, one.nominee)
