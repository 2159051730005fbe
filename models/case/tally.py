"""The tally: what a set of ballots amounts to. Pure rules, no clock, no I/O."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations_with_replacement

from models.base import Message, Role
from models.case.panel import Body, Choice, Outcome, Panel


class Ballot(Message):
    """A verdict given from a seat."""

    body: Role
    role: Role
    verdict: Choice


class Count(Message):
    """The figures of one body: they always add up to its ``seats``."""

    body: Role
    seats: int
    recused: int
    needed: int
    approvals: int
    rejections: int
    returns: int
    abstentions: int
    outstanding: int


def count(body: Body, ballots: Iterable[Ballot]) -> Count:
    """Count the ballots of ``body``; its denominator is ``seats - recused``."""
    given = Counter(ballot.verdict for ballot in ballots if ballot.body == body.name)
    return Count(
        body=body.name,
        seats=len(body.seats),
        recused=given[Choice.RECUSE],
        needed=body.needed(len(body.seats) - given[Choice.RECUSE]),
        approvals=given[Choice.APPROVE],
        rejections=given[Choice.REJECT],
        returns=given[Choice.RETURN],
        abstentions=given[Choice.ABSTAIN],
        outstanding=len(body.seats) - given.total(),
    )


def tally(panel: Panel, ballots: Iterable[Ballot]) -> Outcome | None:
    """The outcome as soon as no further ballot can change it, whatever the order; None while one can."""
    possible = reachable(panel, tuple(ballots))
    return next(iter(possible)) if len(possible) == 1 else None


def reachable(panel: Panel, ballots: tuple[Ballot, ...]) -> frozenset[Outcome]:
    """The outcomes that the ballots still to come can lead to."""
    each = [of_body(body, ballots) for body in panel.bodies]
    return _in_a_row(each) if panel.chain else _side_by_side(each)


def speaking(panel: Panel, ballots: tuple[Ballot, ...]) -> tuple[Body, ...]:
    """The bodies whose turn it is: all of them, or in a chain the first that has not approved."""
    if not panel.chain:
        return panel.bodies
    waiting = (body for body in panel.bodies if of_body(body, ballots) != {Outcome.APPROVED})
    return tuple(waiting)[:1]


def _side_by_side(each: list[frozenset[Outcome]]) -> frozenset[Outcome]:
    """One rejection rejects; else one return returns; else all have approved."""
    if any(outcomes == {Outcome.REJECTED} for outcomes in each):
        return frozenset({Outcome.REJECTED})
    noes = frozenset().union(*each) - {Outcome.APPROVED}
    return noes | {Outcome.APPROVED} if all(Outcome.APPROVED in outcomes for outcomes in each) else noes


def _in_a_row(each: list[frozenset[Outcome]]) -> frozenset[Outcome]:
    """The first body that does not approve decides; those after it are not asked."""
    noes: frozenset[Outcome] = frozenset()
    for outcomes in each:
        noes |= outcomes - {Outcome.APPROVED}
        if Outcome.APPROVED not in outcomes:
            return noes
    return noes | {Outcome.APPROVED}


def of_body(body: Body, ballots: tuple[Ballot, ...]) -> frozenset[Outcome]:
    """The outcomes that one body can still reach."""
    mine = [ballot for ballot in ballots if ballot.body == body.name]
    if any(ballot.role in body.veto and ballot.verdict is Choice.REJECT for ballot in mine):
        return frozenset({Outcome.REJECTED})
    silent = Counter(body.seats) - Counter(ballot.role for ballot in mine)
    chair = next((ballot.verdict for ballot in mine if ballot.role == body.chair), None)
    verdicts = tuple(sorted(ballot.verdict for ballot in mine))
    outcomes = _completions(body, verdicts, chair, silent.total(), bool(body.chair and silent[body.chair]))
    return outcomes | {Outcome.REJECTED} if any(silent[role] for role in body.veto) else outcomes


@lru_cache(maxsize=10_000)
def _completions(
    body: Body, given: tuple[Choice, ...], chair: Choice | None, silent: int, chair_is_silent: bool
) -> frozenset[Outcome]:
    """What every way to fill the silent seats leads to. The chair's seat is filled by itself."""
    if chair_is_silent:
        parts = (_completions(body, (*given, said), said, silent - 1, False) for said in Choice)
        return frozenset().union(*parts)
    found: set[Outcome] = set()
    for filled in combinations_with_replacement(Choice, silent):
        found.add(_final(body, Counter((*given, *filled)), chair))
        if len(found) == 3:
            break
    return frozenset(found)


def _final(body: Body, said: Counter[Choice], chair: Choice | None) -> Outcome:
    """The outcome once every seat has spoken, vetoes apart."""
    sitting = len(body.seats) - said[Choice.RECUSE]
    needed = body.needed(sitting)
    approvals, rejections = said[Choice.APPROVE], said[Choice.REJECT]
    if approvals >= needed:
        return Outcome.APPROVED
    if approvals == rejections and chair in _CASTING:
        return _CASTING[chair]
    if rejections > max(0, sitting - needed):
        return Outcome.REJECTED
    return Outcome.RETURNED if said[Choice.RETURN] else Outcome.REJECTED


_CASTING = {Choice.APPROVE: Outcome.APPROVED, Choice.REJECT: Outcome.REJECTED}
