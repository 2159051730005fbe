"""A supplementary budget: what the file of a fund says otherwise than what is in force. Pure."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from models.base import Message
from models.money.fund import Fund


class Term(StrEnum):
    """What of a level can be amended."""

    CAP = "cap"
    MANAGERS = "managers"
    LIMITS = "limits"


class Amendment(Message):
    """One term of one level becomes another: two managers of the fund say so. A cap is in minor units."""

    fund: str
    level: str
    term: Term
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.term} of {self.level}: {self.before} -> {self.after}"


class InForce(NamedTuple):
    """The terms of a level as they are; ``moved`` is what orders have moved there: no file says it."""

    cap: int
    moved: int
    managers: list[str] | None
    limits: dict[str, Any] | None


def amendments(terms: Fund, levels: dict[str, InForce]) -> Iterator[Amendment]:
    """What differs at the levels that are on the books. Caps grow from above and shrink from below: parts
    always fit.
    """
    known = [placed.part for placed in terms.levels() if placed.part.id in levels]
    caps = [(part.id, levels[part.id].cap, part.cap + levels[part.id].moved) for part in known]
    grow = [one for one in caps if one[2] > one[1]]
    shrink = [one for one in reversed(caps) if one[2] < one[1]]
    for level, before, after in (*grow, *shrink):
        yield Amendment(fund=terms.id, level=level, term=Term.CAP, before=before, after=after)
    root = levels.get(terms.id)
    if root and root.managers != list(terms.managers):
        fields = {"before": root.managers, "after": list(terms.managers)}
        yield Amendment(fund=terms.id, level=terms.id, term=Term.MANAGERS, **fields)
    for part in known:
        limits = part.limits.content() if part.limits else None
        if limits != levels[part.id].limits:
            was = levels[part.id].limits
            yield Amendment(fund=terms.id, level=part.id, term=Term.LIMITS, before=was, after=limits)
