"""Money that moves between the accounts of a furnished database."""

from typing import Any

from sqlalchemy import Engine

from activities.money import level
from models.amount import Amount
from models.case.record import Entry
from models.money.transfer import Transfer, TransferKind
from tests.support.entries import entry, write

K = TransferKind


def moving(kind: TransferKind, key: str, minor: int | None = None, of: str = "r", **more: str) -> Entry:
    """An entry that moves money of the reservation ``of``."""
    currency, of_fund = more.get("currency", "KRW"), more.get("fund", "studies")
    amount = Amount(minor=minor, currency=currency) if minor else None
    wish = Transfer(
        key=key, kind=kind, fund=of_fund, reservation=of, amount=amount, resolves=more.get("resolves")
    )
    return entry(f"entry {key}", transfer=wish)


def move(database: Engine, kind: TransferKind, key: str, *more: Any, **names: Any) -> str | None:
    """Move money on the record; the rule that forbids it, or None."""
    return write(database, moving(kind, key, *more, **names))[0].rule


def balances(database: Engine, name: str = "studies") -> dict[str, int]:
    """What is in each account of a sleeve."""
    with database.connect() as connection:
        row = next(row for row in level.balances(connection) if row["id"] == name)
    return {str(account): minor for account, minor in level.accounts(row).items()}
