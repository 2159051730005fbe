"""Funds put on the books: every level on record, and what it may use from the start as a transfer."""

from datetime import datetime

from sqlalchemy import Connection

from activities.case import record
from activities.money import level
from models.amount import Amount
from models.case.record import Batch, Entry, Source
from models.money.effects import BOOKS, Founds, Moves
from models.money.fund import ALLOTMENT, Fund, Placed, account
from models.money.transfer import Transfer, TransferKind


def register(connection: Connection, terms: Fund, at: datetime) -> None:
    """Put a fund, and whatever of it is new, on the books. Known levels keep their balances and caps."""
    new = level.missing(connection, terms)
    entries = [entry for placed in new for entry in _entries(terms, placed, at)]
    if entries:
        record.write(connection, Batch(source=source(terms.id), entries=tuple(entries)))


def source(fund: str) -> Source:
    """What the record has for a case: a fund. No case can have such a number."""
    return Source(case=fund, workflow_id=f"fund/{fund}", run_id="", rules="")


def _entries(terms: Fund, placed: Placed, at: datetime) -> list[Entry]:
    """That a level was registered, with its allotment where no investors pay into it, or their pledges."""
    part = placed.part
    facts = {"level": part.level, "parent": placed.parent, "name": part.name, "cap": part.cap}
    known = {"stage": BOOKS, "at": at}
    registered = Entry(
        key=f"{terms.id}:{part.id}:registered",
        action="fund registered",
        facts=facts,
        effects=(_founded(terms, placed),),
        **known,
    )
    pledges = [
        Entry(
            key=f"{terms.id}:{part.id}:{one.id}:pledged",
            action="pledged",
            facts={"investor": one.id, "name": one.name},
            effects=(Moves(transfer=_transfer(terms, part.id, TransferKind.PLEDGE, one.pledge, one.id)),),
            **known,
        )
        for one in part.investors
    ]
    if part.raises:
        return [registered, *pledges]
    allotted = _transfer(terms, part.id, TransferKind.ALLOT, part.cap, ALLOTMENT)
    return [registered.with_effects(Moves(transfer=allotted))]


def _founded(terms: Fund, placed: Placed) -> Founds:
    part = placed.part
    return Founds(
        id=part.id,
        root=terms.id,
        parent=placed.parent,
        level=part.level,
        name=part.name,
        currency=terms.currency,
        cap=part.cap,
        managers=None if placed.parent else terms.managers,
        limits=part.limits,
    )


def _transfer(terms: Fund, part: str, kind: TransferKind, minor: int, of: str) -> Transfer:
    return Transfer(
        key=f"{account(part, of)}:{kind}",
        kind=kind,
        fund=part,
        reservation=account(part, of),
        amount=Amount(minor=minor, currency=terms.currency),
    )
