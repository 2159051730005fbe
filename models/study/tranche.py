"""Tranches: the shares of a commitment, and the condition that releases each. Pure."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from models.amount import Amount
from models.base import Line, Message
from models.study.study import Deliverable

Part = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
"""What is accepted or paid in a study: a deliverable, a milestone, a tranche that a date releases."""

_GATES = {"award", "tender", "taskforce"}
"""Names that gates of a study have already."""


class Tranche(Message):
    """A share of the commitment and what releases it: the deliverable of its name is accepted; or evidence of
    a ``milestone`` is; or so many ``days`` after the award of the contract have passed.
    """

    name: Part
    percent: int = Field(ge=1, le=100)
    milestone: Line | None = None
    """What must have been reached, in a sentence."""
    days: int | None = Field(default=None, ge=1, le=3660)
    """Calendar days."""

    @model_validator(mode="after")
    def _has_one_condition(self) -> Self:
        conditions = (self.name in set(Deliverable), self.milestone is not None, self.days is not None)
        if sum(conditions) != 1 or self.name in _GATES:
            known = ", ".join(Deliverable)
            raise ValueError(
                f"tranche {self.name!r} needs one of: the name of a deliverable ({known}), "
                "another name with a milestone, another name with days"
            )
        return self


def by_name(given: Any) -> Any:
    """As a programme writes them: ``inception = 30`` or ``permit = { percent = 10, milestone = "…" }``."""
    if not isinstance(given, dict):
        return given
    return [
        {"name": name, **how} if isinstance(how, dict) else {"name": name, "percent": how}
        for name, how in given.items()
    ]


def problem(tranches: Iterable[Tranche]) -> str | None:
    """Why these cannot be the tranches of a study, or None."""
    found = tuple(tranches)
    names = [tranche.name for tranche in found]
    if (total := sum(tranche.percent for tranche in found)) != 100:
        return f"tranches add up to {total} percent, not to 100; change their percents"
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        return f"two tranches have the name {twice[0]!r}; give each a name of its own"
    delivered = [Deliverable(name) for name in names if name in set(Deliverable)]
    if delivered != sorted(delivered, key=list(Deliverable).index):
        return f"tranches name deliverables in this order: {', '.join(Deliverable)}"
    after = names[names.index(Deliverable.FINAL) :] if Deliverable.FINAL in names else []
    if late := [tranche.name for tranche in found if tranche.milestone and tranche.name in after]:
        return (
            f"milestone {late[0]!r} comes after the final deliverable, which ends the study; list it before"
        )
    return None


def steps(tranches: Iterable[Tranche]) -> tuple[str, ...]:
    """What is handed in and accepted, in this order: every deliverable, and milestones where listed."""
    left, found = list(Deliverable), list[str]()
    for tranche in tranches:
        if tranche.name in left:
            upto = left.index(Deliverable(tranche.name)) + 1
            found, left = [*found, *left[:upto]], left[upto:]
        elif tranche.milestone:
            found.append(tranche.name)
    return (*found, *left)


def shares(total: Amount, tranches: Iterable[Tranche]) -> dict[str, Amount]:
    """``total`` divided by percent, in whole minor units; the last tranche takes what rounding left.

    Of a very small total an early tranche may be nothing; it is then left out.
    """
    percents = {tranche.name: tranche.percent for tranche in tranches}
    found = {name: total.minor * percent // 100 for name, percent in percents.items()}
    last = list(percents)[-1]
    found[last] += total.minor - sum(found.values())
    return {name: Amount(minor=share, currency=total.currency) for name, share in found.items() if share}
