"""What the effects of the directory do to its tables."""

from typing import Any

from sqlalchemy import insert, select, update

from activities.case.projection import Projection, Writing
from activities.people import delegation as delegations
from activities.people import person as directory
from activities.people import token
from models.case.notice import NoticeStatus
from models.people.effects import (
    Delegates,
    Dissolves,
    Excludes,
    Holds,
    Leaves,
    Organises,
    PaysTo,
    Registers,
    Served,
    Withdraws,
)
from models.tables.notice import IS_PENDING, notice
from models.tables.people import delegation, holding, organisation, person


def _organise(writing: Writing, effect: Organises, _: object) -> None:
    row = effect.model_dump(exclude={"effect"}) | {"ended_at": None}
    _put(writing, organisation, row)


def _pay_to(writing: Writing, effect: PaysTo, _: object) -> None:
    changed = update(organisation).where(organisation.c.id == effect.organisation)
    writing.connection.execute(changed.values(account=effect.account, account_at=effect.since))


def _dissolve(writing: Writing, effect: Dissolves, _: object) -> None:
    gone = update(organisation).where(organisation.c.id == effect.organisation)
    writing.connection.execute(gone.values(ended_at=writing.entry.at))


def _register(writing: Writing, effect: Registers, _: object) -> None:
    _put(writing, person, effect.model_dump(exclude={"effect"}) | {"ended_at": None})


def _put(writing: Writing, table: Any, row: dict[str, Any]) -> None:
    known = writing.connection.scalar(select(table.c.id).where(table.c.id == row["id"]))
    changed = update(table).where(table.c.id == row["id"]).values(row) if known else insert(table).values(row)
    writing.connection.execute(changed)


def _hold(writing: Writing, effect: Holds, _: object) -> None:
    directory.hold(writing.connection, effect.person, effect.roles, writing.entry.at)


def _serve(writing: Writing, effect: Served, _: object) -> None:
    directory.serve(writing.connection, effect.person, effect.former)


def _leave(writing: Writing, effect: Leaves, _: object) -> None:
    """Roles, tokens and delegations, given and taken, end at the instant of the entry; letters are not sent
    any more. Nothing is deleted.
    """
    at, who = writing.entry.at, effect.person
    connection = writing.connection
    connection.execute(update(person).where(person.c.id == who).values(ended_at=at))
    theirs = holding.c.person == who
    connection.execute(update(holding).where(theirs, holding.c.ended_at.is_(None)).values(ended_at=at))
    token.revoke(connection, who, at)
    unsent = update(notice).where(notice.c.person == who, IS_PENDING)
    connection.execute(unsent.values(status=NoticeStatus.DEAD))
    between = (delegation.c.giver == who) | (delegation.c.taker == who)
    connection.execute(
        update(delegation).where(between, delegation.c.revoked_at.is_(None)).values(revoked_at=at)
    )


def _exclude(writing: Writing, effect: Excludes, _: object) -> None:
    directory.exclude(writing.connection, effect.pairs)


def _delegate(writing: Writing, effect: Delegates, _: object) -> None:
    delegations.give(writing.connection, effect.delegation, writing.seq)


def _withdraw(writing: Writing, effect: Withdraws, _: object) -> None:
    delegations.revoke(writing.connection, effect.delegation, writing.entry.at)


PROJECTIONS = (
    Projection(Organises, apply=_organise),
    Projection(PaysTo, apply=_pay_to),
    Projection(Dissolves, apply=_dissolve),
    Projection(Registers, apply=_register),
    Projection(Holds, apply=_hold),
    Projection(Served, apply=_serve),
    Projection(Leaves, apply=_leave),
    Projection(Excludes, apply=_exclude),
    Projection(Delegates, apply=_delegate),
    Projection(Withdraws, apply=_withdraw),
)
