"""The levels of funds: a fund, its sub-funds, their sleeves, each with its balances."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, TypedDict, cast

from sqlalchemy import Connection, Row, bindparam, case, insert, select, update

from models.files import InvalidFile
from models.money.effects import Founds
from models.money.fund import ALLOTMENT, Fund, Placed, account
from models.money.transfer import Account
from models.tables.money import fund, reservation_total


class Tree:
    """All levels of one fund as they are now."""

    def __init__(self, rows: Iterable[Row[Any]]) -> None:
        self.levels = {row.id: row for row in rows}

    def lineage(self, level: str) -> list[Row[Any]]:
        """A level and everything above it."""
        found: list[Row[Any]] = []
        at: str | None = level
        while at:
            found.append(self.levels[at])
            at = found[-1].parent
        return found


def tree(connection: Connection, level: str) -> Tree:
    """The fund that ``level`` is part of; empty where there is none."""
    return Tree(connection.execute(_TREE, {"level": level}))


_ROOT = select(fund.c.root).where(fund.c.id == bindparam("level")).scalar_subquery()
_TREE = select(fund).where(fund.c.root == _ROOT)


def room_above(levels: Tree, level: str, by: int) -> bool:
    """Whether the cap of a level can grow ``by`` so much: the parts of the one above it still fit there."""
    parent = levels.levels[level].parent
    parts = sum(row.cap for row in levels.levels.values() if row.parent == parent)
    return parent is None or bool(parts + by <= levels.levels[parent].cap)


def freeze(connection: Connection, level: str, why: str | None) -> None:
    """Stop reservations and payments of a level and all below it; ``why`` None lets them go on."""
    connection.execute(update(fund).where(fund.c.id == level).values(frozen=why))


def frozen(connection: Connection, level: str) -> str | None:
    """Why nothing may be paid from ``level``, by its own standing or of one above it; None: it may."""
    levels = tree(connection, level)
    if level not in levels.levels:
        return "it is not on the books"
    return next((row.frozen for row in levels.lineage(level) if row.frozen), None)


def allotted(connection: Connection, level: str) -> bool:
    """Whether a level uses what the one above it has, or is a budget: no investor pays into it."""
    return connection.scalar(_ALLOTTED, {"level": level, "of": account(level, ALLOTMENT)}) is not None


_ALLOTTED = select(reservation_total.c.fund).where(
    reservation_total.c.reservation == bindparam("of"), reservation_total.c.fund == bindparam("level")
)


def managers(connection: Connection, level: str) -> tuple[str, ...]:
    """The roles that act on the fund that ``level`` is part of."""
    roles = connection.scalar(select(fund.c.managers).where(fund.c.id == _ROOT), {"level": level})
    return tuple(json.loads(roles)) if roles else ()


def all_managers(connection: Connection) -> frozenset[str]:
    """The roles that act on any fund."""
    found = connection.scalars(select(fund.c.managers).where(fund.c.managers.is_not(None)))
    return frozenset(role for roles in found for role in json.loads(roles))


def missing(connection: Connection, terms: Fund) -> list[Placed]:
    """The levels of a fund that are to be put on the books, each after the one above it.

    Known ones stay as they are: an amendment changes them. Where new ones fit only once an amendment is in
    force, there are none yet. InvalidFile: an id is that of another fund, or the currency differs.
    """
    known = {row.id: row for row in connection.execute(select(fund))}
    for part, parent in terms.levels():
        if part.id in known and (known[part.id].root, known[part.id].parent) != (terms.id, parent):
            raise InvalidFile(f"{terms.id}: {part.id!r} is on the books as a part of {known[part.id].root}")
    if terms.id in known and known[terms.id].currency != terms.currency:
        raise InvalidFile(
            f"{terms.id}: the fund is in {known[terms.id].currency}; another currency is another fund"
        )
    new = [placed for placed in terms.levels() if placed.part.id not in known]
    of_fund = [row for row in known.values() if row.root == terms.id]
    caps = {row.id: row.cap for row in of_fund} | {one.part.id: one.part.cap for one in new}
    parents = {row.id: row.parent for row in of_fund} | {one.part.id: one.parent for one in new}
    parts = Counter[str]()
    for name, parent in parents.items():
        if parent:
            parts[parent] += caps[name]
    return [] if any(total > caps[name] for name, total in parts.items()) else new


def found(connection: Connection, said: Founds) -> None:
    """Put a level on the books, without money."""
    row = said.model_dump(exclude={"effect", "managers", "limits"})
    row |= {"managers": json.dumps(said.managers) if said.managers else None}
    row |= {"limits": said.limits.model_dump_json() if said.limits else None}
    connection.execute(insert(fund).values(row | dict.fromkeys(Account, 0)))


class LevelRow(TypedDict):
    """A level with its balances, in minor units. ``managers`` and ``limits`` are JSON."""

    id: str
    root: str
    parent: str | None
    level: str
    name: str
    currency: str
    cap: int
    managers: str | None
    limits: str | None
    frozen: str | None
    paid_in: int
    returned: int
    exchanged_in: int
    memo: int
    pledged: int
    called: int
    receivable: int
    available: int
    reserved: int
    committed: int
    ordered: int
    disbursed: int
    exchanged_out: int


def balances(connection: Connection) -> list[LevelRow]:
    """Every level with its balances: each fund before its parts."""
    depth = case({"fund": 0, "sub_fund": 1}, value=fund.c.level, else_=2)
    rows = connection.execute(select(fund).order_by(fund.c.root, depth, fund.c.id)).mappings().all()
    return _in_order([cast(LevelRow, dict(row)) for row in rows], None)


def accounts(row: LevelRow) -> dict[Account, int]:
    """What a level has in each account."""
    return {account: cast(dict[str, int], row)[account] for account in Account}


def _in_order(rows: list[LevelRow], parent: str | None) -> list[LevelRow]:
    """Depth first: a level, then its parts."""
    ordered: list[LevelRow] = []
    for row in (row for row in rows if row["parent"] == parent):
        ordered += [row, *_in_order(rows, row["id"])]
    return ordered
