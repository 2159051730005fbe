"""The proof of portfolios: what is kept of cases and groups, held against what is kept of reservations."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, bindparam, func, select

from models.money.book import Book, Claim, Discrepancy, lineage
from models.money.transfer import HELD
from models.tables.money import case_total, fund, group_total, reservation_total

MOST = 100
"""How many cases are named of one level."""


def portfolios(connection: Connection, levels: Mapping[str, Book]) -> Iterator[Discrepancy]:
    """What does not hold of the totals at levels that have portfolio rules, compared by the database."""
    for level in connection.scalars(_LIMITED).all():
        if level in levels:
            yield from _cases(connection, levels, level)
            yield from _groups(connection, levels[level])


def _cases(connection: Connection, levels: Mapping[str, Book], level: str) -> Iterator[Discrepancy]:
    below = [name for name in levels if level in lineage(levels, name)]
    for wanted in (_WRONG, _MISSING):
        for row in connection.execute(wanted, {"level": level, "below": below}):
            detail = f"{level} has {row.held} with {row.case}, its reservations come to {int(row.right)}"
            records = (row.record,) if row.record else ()
            yield Discrepancy(levels[level].root, Claim.TOTALS, detail, records)


def _groups(connection: Connection, book: Book) -> Iterator[Discrepancy]:
    right: Counter[str] = Counter()
    for row in connection.execute(_BY_GROUPS, {"level": book.id}):
        right.update(dict.fromkeys(json.loads(row.groups), int(row.held)))
    stored = Counter({row.name: row.held for row in connection.execute(_GROUPS, {"level": book.id})})
    for name in sorted(name for name in {**right, **stored} if right[name] != stored[name]):
        detail = f"{book.id} has {stored[name]} in the group {name!r}, its cases come to {right[name]}"
        yield Discrepancy(book.root, Claim.TOTALS, detail)


_LIMITED = select(fund.c.id).where(fund.c.limits.is_not(None))
_TOTAL = func.sum(sum((reservation_total.c[name] for name in HELD[1:]), reservation_total.c[HELD[0]]))
_RIGHT = (
    select(
        reservation_total.c.case,
        _TOTAL.label("held"),
        func.max(reservation_total.c.record).label("record"),
    )
    .where(reservation_total.c.fund.in_(bindparam("below", expanding=True)))
    .group_by(reservation_total.c.case)
    .having(_TOTAL != 0)
    .subquery("what_is_right")
)
"""What the reservations of each case hold at the levels below, the level itself included."""
_HERE = select(case_total).where(case_total.c.fund == bindparam("level")).subquery("what_is_kept")
_WRONG = (
    select(_HERE.c.case, _HERE.c.held, func.coalesce(_RIGHT.c.held, 0).label("right"), _RIGHT.c.record)
    .select_from(_HERE.outerjoin(_RIGHT, _RIGHT.c.case == _HERE.c.case))
    .where(_HERE.c.held != func.coalesce(_RIGHT.c.held, 0))
    .limit(MOST)
)
_MISSING = (
    select(_RIGHT.c.case, func.coalesce(_HERE.c.held, 0).label("held"), _RIGHT.c.held.label("right"))
    .add_columns(_RIGHT.c.record)
    .select_from(_RIGHT.outerjoin(_HERE, _RIGHT.c.case == _HERE.c.case))
    .where(_HERE.c.case.is_(None))
    .limit(MOST)
)
_BY_GROUPS = (
    select(case_total.c.groups, func.sum(case_total.c.held).label("held"))
    .where(case_total.c.fund == bindparam("level"))
    .group_by(case_total.c.groups)
)
_GROUPS = select(group_total.c.name, group_total.c.held).where(group_total.c.fund == bindparam("level"))
