"""Portfolios: running totals of what cases, and groups of cases, hold at levels with portfolio rules."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, insert, select, update

from models.money.limits import Project
from models.tables.case import case as cases
from models.tables.money import case_total, group_total
from models.tables.partnership import partnership


def find(connection: Connection, case: str) -> Project | None:
    """What portfolio rules ask of a case of any kind; None where there is no such case. The one place that
    knows where that is written: a kind that says nothing of areas and firms has none.
    """
    row = connection.execute(_PROJECT, {"case": case}).first()
    if row is None:
        return None
    _, *hosts = json.loads(row.countries)  # the founding country is not where the money goes
    return Project(case, tuple(hosts), row.area, bool(row.national_firm))


_PROJECT = (
    select(cases.c.countries, partnership.c.area, partnership.c.national_firm)
    .join_from(cases, partnership, cases.c.id == partnership.c.case, isouter=True)
    .where(cases.c.id == bindparam("case"))
)


def held_by_case(connection: Connection, case: str) -> dict[str, int]:
    """What a case holds at each level, in minor units."""
    return {row.fund: row.held for row in connection.execute(_OF_CASE, {"of": case})}


def held_by_groups(
    connection: Connection, levels: Iterable[str], groups: Iterable[str]
) -> dict[tuple[str, str], int]:
    """What the cases of each group hold at each of ``levels``, in minor units; nothing is left out."""
    wanted = {"levels": list(levels), "names": list(groups)}
    return {(row.fund, row.name): row.held for row in connection.execute(_OF_GROUPS, wanted)}


def count(connection: Connection, case: str, more: Mapping[str, int]) -> None:
    """Let the totals follow a case that holds so much ``more`` at levels with rules (less: below zero).

    It counts for the groups that it is in now. Whoever changes the country of a case, or its firm, calls this
    with no more, so that what it holds already counts for the other group.
    """
    known = {row.fund: row for row in connection.execute(_OF_CASE, {"of": case})}
    project = find(connection, case)
    cases: dict[str, tuple[list[str], int]] = {}
    groups: Counter[tuple[str, str]] = Counter()
    for level in {**more, **known}:
        before: list[str] = json.loads(known[level].groups) if level in known else []
        held = known[level].held if level in known else 0
        now = list(project.groups) if project else before
        cases[level] = (now, held + more.get(level, 0))
        groups.subtract({(level, name): held for name in before})
        groups.update({(level, name): held + more.get(level, 0) for name in now})
    _write_cases(connection, case, cases, set(known))
    _write_groups(connection, {of: by for of, by in groups.items() if by})


def _write_cases(
    connection: Connection, case: str, now: Mapping[str, tuple[list[str], int]], known: set[str]
) -> None:
    rows = {
        level: {"level": level, "of": case, "counts": json.dumps(groups), "minor": held}
        for level, (groups, held) in now.items()
    }
    if changed := [row for level, row in rows.items() if level in known]:
        connection.execute(_CASE_CHANGES, changed)
    if new := [row for level, row in rows.items() if level not in known]:
        connection.execute(_NEW_CASE, new)


def _write_groups(connection: Connection, changes: Mapping[tuple[str, str], int]) -> None:
    if not changes:
        return
    known = held_by_groups(connection, *map(set, zip(*changes, strict=True)))
    rows = {of: {"level": of[0], "group": of[1], "by": by} for of, by in changes.items()}
    if changed := [row for of, row in rows.items() if of in known]:
        connection.execute(_GROUP_CHANGES, changed)
    if new := [row for of, row in rows.items() if of not in known]:
        connection.execute(_NEW_GROUP, new)


_OF_CASE = select(case_total).where(case_total.c.case == bindparam("of"))
_OF_GROUPS = select(group_total).where(
    group_total.c.fund.in_(bindparam("levels", expanding=True)),
    group_total.c.name.in_(bindparam("names", expanding=True)),
)
_CASE_CHANGES = (
    update(case_total)
    .where(case_total.c.fund == bindparam("level"), case_total.c.case == bindparam("of"))
    .values(groups=bindparam("counts"), held=bindparam("minor"))
)
_NEW_CASE = insert(case_total).values(
    fund=bindparam("level"), case=bindparam("of"), groups=bindparam("counts"), held=bindparam("minor")
)
_GROUP_CHANGES = (
    update(group_total)
    .where(group_total.c.fund == bindparam("level"), group_total.c.name == bindparam("group"))
    .values(held=group_total.c.held + bindparam("by"))
)
_NEW_GROUP = insert(group_total).values(
    fund=bindparam("level"), name=bindparam("group"), held=bindparam("by")
)
