"""Portfolio rules held against what the projects of a fund hold; one that cannot be checked refuses."""

from sqlalchemy import Connection

from activities.money import portfolio
from activities.money.level import Tree
from models.case.rule import Broken, CaseRule
from models.money.limits import Limits, Portfolio, breach
from models.money.rule import MoneyRule
from models.money.transfer import Transfer


def broken(connection: Connection, wish: Transfer, case: str, levels: Tree) -> Broken | None:
    """The rule that a reservation would break at any level; None: it breaks none."""
    limited = {level.id: level for level in levels.lineage(wish.fund) if level.limits}
    if not limited:
        return None
    project = portfolio.find(connection, case)
    if project is None:
        why = f"The portfolio rules of {', '.join(limited)} cannot be checked without it."
        return Broken(CaseRule.UNKNOWN_CASE, f"({case}) {why}")
    assert wish.amount
    more = wish.amount.minor
    mine = portfolio.held_by_case(connection, case)
    others = portfolio.held_by_groups(connection, limited, project.groups)
    for name, level in limited.items():
        groups = {group: others.get((name, group), 0) + more for group in project.groups}
        would = Portfolio(project, mine.get(name, 0) + more, groups)
        if found := breach(Limits.model_validate_json(level.limits), level.cap, would):
            return Broken(MoneyRule.PORTFOLIO, f"{name}: {found}.")
    return None
