"""What we aim at, and whether this run met it."""

from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from bench.stand import Subject

Row = dict[str, float]
"""The figures of one cell by name."""
Cells = dict[Subject, list[Row]]
"""One row for each round."""


class Aim(NamedTuple):
    """A figure of ours and its bound; with ``per`` it is a ratio to the same figure of that subject."""

    figure: str
    subject: Subject
    per: Subject | None
    bound: float
    at_least: bool = False


class Judgement(NamedTuple):
    """What became of an aim: value, range over the rounds, and by how much it falls short (0: met)."""

    aim: Aim
    value: float
    lowest: float
    highest: float
    short: float


AIMS = (
    Aim("decisions/s", Subject.SQLITE, Subject.SINGLE, 0.55, at_least=True),
    Aim("CPU-ms per decision", Subject.SQLITE, Subject.SINGLE, 1.9),
    Aim("decisions/s", Subject.SQLITE, Subject.SHAPE, 0.85, at_least=True),
    Aim("CPU-ms per decision", Subject.SQLITE, Subject.SHAPE, 1.25),
    Aim("decisions/s", Subject.SQLITE, Subject.DBOS, 1.0, at_least=True),
    Aim("acknowledged p50 ms", Subject.SQLITE, Subject.SHAPE, 1.3),
    Aim("events per lifecycle", Subject.SQLITE, None, 230),
    Aim("bytes of history", Subject.SQLITE, None, 60_000),
    Aim("letters per lifecycle", Subject.SQLITE, None, 15),
    Aim("first answer after SIGKILL s", Subject.SQLITE, None, 4.0),
    Aim("first answer after SIGKILL s", Subject.POSTGRES, None, 4.0),
    Aim("lost", Subject.SQLITE, None, 0.0),
    Aim("lost", Subject.POSTGRES, None, 0.0),
)
"""Against the least that an update costs which is answered after one durable activity, against own shape,
against the peer; in what a lifecycle leaves behind; and after a crash."""


def judge(cells: Cells) -> list[Judgement]:
    """Every aim whose subjects were measured, by medians over the rounds; in none may anything be lost."""
    there = [aim for aim in AIMS if {aim.subject, aim.per} - {None} <= set(cells)]
    return [_judge(aim, cells) for aim in there]


def _judge(aim: Aim, cells: Cells) -> Judgement:
    ours = [row[aim.figure] for row in cells[aim.subject]]
    theirs = [row[aim.figure] for row in cells[aim.per]] if aim.per else [1.0] * len(ours)
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    middle: Callable[[list[float]], float] = max if aim.figure == "lost" else median
    value = middle(ours) / median(theirs)
    short = aim.bound - value if aim.at_least else value - aim.bound
    return Judgement(aim, value, min(ratios), max(ratios), max(0.0, short))
