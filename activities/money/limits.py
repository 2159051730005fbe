"""Portfolio rules held against what the projects of a fund hold already."""

from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, select

from activities.money.level import Tree
from models.money.limits import Limits, Portfolio, breach
from models.money.transfer import Transfer, TransferKind
from models.tables.case import case as cases
from models.tables.money import transfer
from models.tables.partnership import partnership


def broken(connection: Connection, wish: Transfer, case_: str, levels: Tree) -> str | None:
    """The rule that a reservation would break at any level, in a sentence; None: it breaks none."""
    limited = [level for level in levels.lineage(wish.fund) if level.limits]
    if not limited:
        return None
    project = connection.execute(_PROJECT, {"case": case_}).first()
    if project is None or wish.amount is None:
        return None
    return next(filter(None, (_at(connection, wish, project, level, levels) for level in limited)), None)


def _at(connection: Connection, wish: Transfer, project: Any, level: Row[Any], levels: Tree) -> str | None:
    """The rule of one level."""
    assert wish.amount
    within = [row.id for row in levels.levels.values() if level in levels.lineage(row.id)]
    held = connection.execute(_HELD, {"within": within}).all()
    more = wish.amount.minor
    would = Portfolio(
        country=project.country,
        area=project.area,
        national_firm=project.national_firm,
        project=more + sum(int(row.held) for row in held if row.case == project.case),
        of_country=more + sum(int(row.held) for row in held if row.country == project.country),
        without_firm=more + sum(int(row.held) for row in held if not row.national_firm),
    )
    found = breach(Limits.model_validate_json(level.limits), level.cap, would)
    return f"{level.id}: {found}." if found else None


_PROJECT = (
    select(partnership.c.case, cases.c.country, partnership.c.area, partnership.c.national_firm)
    .join(cases, cases.c.id == partnership.c.case)
    .where(partnership.c.case == bindparam("case"))
)
_TAKEN = case(
    (transfer.c.kind == TransferKind.PENDING, transfer.c.amount),
    (
        transfer.c.kind.in_((TransferKind.VOID, TransferKind.EXPIRE, TransferKind.DECOMMIT)),
        -transfer.c.amount,
    ),
    else_=0,
)
_HELD = (
    select(
        partnership.c.case,
        cases.c.country,
        partnership.c.national_firm,
        func.sum(_TAKEN).label("held"),
    )
    .join(cases, cases.c.id == partnership.c.case)
    .join(transfer, transfer.c.case == partnership.c.case)
    .where(transfer.c.fund.in_(bindparam("within", expanding=True)))
    .group_by(partnership.c.case, cases.c.country, partnership.c.national_firm)
)
