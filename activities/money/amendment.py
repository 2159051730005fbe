"""What of a fund differs from its file, and what an amendment does to a level."""

import json

from sqlalchemy import Connection, func, select, update

from activities.case.projection import Writing
from activities.money import level
from models.case.rule import Broken
from models.money.amendment import Amendment, InForce, Term, amendments
from models.money.effects import Amends
from models.money.fund import Fund
from models.money.rule import MoneyRule
from models.money.transfer import TransferKind
from models.tables.money import fund, transfer


def differences(connection: Connection, terms: Fund) -> tuple[Amendment, ...]:
    """What the file of a fund says otherwise than what is in force."""
    moved: dict[str, int] = {}
    for row in connection.execute(_MOVED):
        moved[row.fund] = moved.get(row.fund, 0) + TransferKind(row.kind).caps * int(row.total)
    found = level.tree(connection, terms.id).levels
    in_force = {
        name: InForce(
            row.cap,
            moved.get(name, 0),
            json.loads(row.managers) if row.managers else None,
            json.loads(row.limits) if row.limits else None,
        )
        for name, row in found.items()
    }
    return tuple(amendments(terms, in_force))


_MOVED = (
    select(transfer.c.fund, transfer.c.kind, func.sum(transfer.c.amount).label("total"))
    .where(transfer.c.kind.in_((TransferKind.MOVE_OUT, TransferKind.MOVE_IN)))
    .group_by(transfer.c.fund, transfer.c.kind)
)


def in_force(connection: Connection, wanted: Amendment) -> bool:
    """Whether a level still is as it was when this amendment was asked for."""
    row = level.tree(connection, wanted.level).levels.get(wanted.level)
    if row is None:
        return False
    now = row.cap if wanted.term is Term.CAP else json.loads(getattr(row, wanted.term) or "null")
    return bool(now == wanted.before)


def admitted(writing: Writing, effect: Amends) -> Broken | None:
    """The rule that an amendment without a transfer breaks, or None."""
    levels = level.tree(writing.connection, effect.level)
    row = levels.levels.get(effect.level)
    if row is None:
        return Broken(MoneyRule.UNKNOWN_FUND, f"({effect.level})")
    if effect.limits is not None and row.limits is None:
        return Broken(MoneyRule.PORTFOLIO, f"What is held at {row.id} was never counted by project.")
    if effect.cap is None:
        return None
    parts = sum(one.cap for one in levels.levels.values() if one.parent == row.id)
    used = row.paid_in + row.exchanged_in + row.pledged + row.called
    fits = max(parts, used) <= effect.cap and level.room_above(levels, row.id, effect.cap - row.cap)
    return None if fits else Broken(MoneyRule.OVER_CAP, f"({row.id})")


def amend(writing: Writing, effect: Amends, _: object) -> None:
    """Put the new terms of a level in force."""
    values: dict[str, object] = {}
    if effect.cap is not None:
        values["cap"] = effect.cap
    if effect.managers is not None:
        values["managers"] = json.dumps(effect.managers)
    if effect.limits is not None:
        values["limits"] = effect.limits.model_dump_json()
    writing.connection.execute(update(fund).where(fund.c.id == effect.level).values(values))
