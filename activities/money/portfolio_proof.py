"""The proof of portfolios: what is kept of cases and groups, held against what is kept of reservations."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Subquery, func, select

from models.money.book import Book, Claim, Discrepancy, lineage
from models.money.transfer import HELD
from models.tables.money import case_total, fund, group_total, reservation_total

MOST = 100
"""How many cases are named of one level."""


def portfolios(connection: Connection, levels: Mapping[str, Book]) -> Iterator[Discrepancy]:
    """What does not hold of the totals at levels that have portfolio rules, compared by the database."""
    for level in connection.scalars(select(fund.c.id).where(fund.c.limits.is_not(None))).all():
        if level in levels:
            yield from _cases(connection, levels, level)
            yield from _groups(connection, levels[level])


def _cases(connection: Connection, levels: Mapping[str, Book], level: str) -> Iterator[Discrepancy]:
    below = [name for name in levels if level in lineage(levels, name)]
    held = _held_below(below)
    here = select(case_total).where(case_total.c.fund == level).subquery()
    joined = here.outerjoin(held, held.c.case == here.c.case)
    right = func.coalesce(held.c.held, 0)
    wrong = select(here.c.case, here.c.held, right.label("right"), held.c.record).select_from(joined)
    missing = (
        select(held.c.case, func.coalesce(here.c.held, 0).label("held"), held.c.held.label("right"))
        .add_columns(held.c.record)
        .select_from(held.outerjoin(here, held.c.case == here.c.case))
        .where(here.c.case.is_(None))
    )
    for wanted in (wrong.where(here.c.held != right), missing):
        for row in connection.execute(wanted.limit(MOST)):
            detail = f"{level} has {row.held} with {row.case}, its reservations come to {int(row.right)}"
            records = (row.record,) if row.record else ()
            yield Discrepancy(levels[level].root, Claim.TOTALS, detail, records)


def _held_below(below: list[str]) -> Subquery:
    """What the reservations of each case hold, at these levels."""
    total = func.sum(sum((reservation_total.c[name] for name in HELD[1:]), reservation_total.c[HELD[0]]))
    return (
        select(
            reservation_total.c.case,
            total.label("held"),
            func.max(reservation_total.c.record).label("record"),
        )
        .where(reservation_total.c.fund.in_(below))
        .group_by(reservation_total.c.case)
        .having(total != 0)
        .subquery()
    )


def _groups(connection: Connection, book: Book) -> Iterator[Discrepancy]:
    right: Counter[str] = Counter()
    cases = select(case_total.c.groups, func.sum(case_total.c.held).label("held"))
    for row in connection.execute(cases.where(case_total.c.fund == book.id).group_by(case_total.c.groups)):
        right.update(dict.fromkeys(json.loads(row.groups), int(row.held)))
    groups = select(group_total.c.name, group_total.c.held).where(group_total.c.fund == book.id)
    stored = Counter({row.name: row.held for row in connection.execute(groups)})
    for name in sorted(name for name in {**right, **stored} if right[name] != stored[name]):
        detail = f"{book.id} has {stored[name]} in the group {name!r}, its cases come to {right[name]}"
        yield Discrepancy(book.root, Claim.TOTALS, detail)
