"""Books that somebody who owns the database changes behind our back, in every way that we thought of."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from models.money.book import Claim
from models.money.transfer import Account
from models.money.transfer import TransferKind as K
from models.tables.money import reservation_total
from tests.support.entries import transfers_in
from tests.support.furnished import furnish
from tests.support.moves import move

Change = Callable[[Connection], Any]


def run(statement: str) -> Change:
    """Change the books by a statement."""
    return lambda connection: connection.execute(text(statement))


def forged(**changes: object) -> Change:
    """Put a transfer into the journal that nobody decided, like that of ``p`` but for ``changes``."""

    def insert(connection: Connection) -> None:
        row = dict(connection.execute(text("SELECT * FROM transfer WHERE key = 'p'")).mappings().one())
        row |= {"key": "forged", "resolves": None} | changes
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO transfer ({names}) VALUES ({marks})"), row)

    return insert


def said_otherwise(connection: Connection) -> None:
    """Change what the entry behind ``p`` asked for."""
    (payload,) = connection.scalars(text("SELECT payload FROM record WHERE key = 'entry p'"))
    content = json.loads(payload)
    transfers_in(content)[0]["amount"]["minor"] = 299
    change = text("UPDATE record SET payload = :new WHERE key = 'entry p'")
    connection.execute(change, {"new": json.dumps(content)})


def posted(change: str) -> Change:
    """Change a transfer in the journal."""
    return run(f"UPDATE transfer SET {change} WHERE key = 'p'")


def stored(change: str, level_: str = "studies") -> Change:
    """Change a level."""
    return run(f"UPDATE fund SET {change} WHERE id = '{level_}'")


def kept(change: str) -> Change:
    """Change what is kept of the reservation."""
    return run(f"UPDATE reservation_total SET {change} WHERE reservation = 'r'")


def two_totals(connection: Connection) -> None:
    """Change what is kept of two reservations, so that both together are what they were."""
    kept("committed = 299, ordered = 1")(connection)
    change = "committed = committed + 1, ordered = ordered - 1"
    connection.execute(
        text(f"UPDATE reservation_total SET {change} WHERE reservation = 's'"),
    )


def total_of_nothing(connection: Connection) -> None:
    """Keep a total, with nothing in it, of a reservation that nobody made."""
    row = dict(connection.execute(text("SELECT * FROM reservation_total")).mappings().first() or {})
    row |= dict.fromkeys(Account, 0) | {"reservation": "nobody's"}
    connection.execute(insert(reservation_total), row)


CHANGES: dict[str, tuple[Claim, Change]] = {
    "a balance": (
        Claim.REPLAYS,
        stored("available = 550, committed = 350"),
    ),
    "a balance above": (
        Claim.REPLAYS,
        stored("available = 9500, committed = 400", "f"),
    ),
    "a larger cap": (Claim.WITHIN_CAP, stored("cap = 99000")),
    "a larger cap inside that of the fund": (Claim.WITHIN_CAP, stored("cap = 1001")),
    "half of a reallocation": (
        Claim.MOVED,
        forged(kind="move_in", debit="paid_in", credit="available"),
    ),
    "another currency": (Claim.ONE_CURRENCY, stored("currency = 'USD'")),
    "an amount": (Claim.REPLAYS, posted("amount = 299")),
    "a transfer gone": (Claim.REPLAYS, run("DELETE FROM transfer WHERE key = 'p'")),
    "legs": (Claim.ADDS_UP, posted("credit = 'disbursed'")),
    "another kind": (
        Claim.DECIDED,
        posted("kind = 'void', credit = 'available'"),
    ),
    "a rest of another kind": (
        Claim.DECIDED,
        run("UPDATE transfer SET kind = 'expire' WHERE key = 'p:rest'"),
    ),
    "another entry": (Claim.DECIDED, posted("record = 1")),
    "another case": (Claim.DECIDED, posted("\"case\" = 'T-2'")),
    "its currency": (Claim.ONE_CURRENCY, posted("currency = 'USD'")),
    "what it resolves": (
        Claim.RESOLVED_ONCE,
        posted("resolves = 'nothing'"),
    ),
    "one that nobody decided": (Claim.DECIDED, forged()),
    "one that pays what was not ordered": (
        Claim.WHOLE,
        forged(kind="pay", debit="ordered", credit="disbursed"),
    ),
    "the entry": (Claim.DECIDED, said_otherwise),
    "an entry that cannot be read": (
        Claim.DECIDED,
        run("UPDATE record SET payload = '{' WHERE key = 'entry p'"),
    ),
    "an entry that asks for nothing": (
        Claim.DECIDED,
        run("UPDATE record SET payload = '[]' WHERE key = 'entry p'"),
    ),
    "a kind that there is not": (Claim.ADDS_UP, posted("kind = 'gift'")),
    "a running total": (Claim.TOTALS, kept("committed = 299, ordered = 1")),
    "two running totals": (Claim.TOTALS, two_totals),
    "what a running total counts": (Claim.TOTALS, kept("record = record - 1")),
    "more than there is in a running total": (Claim.TOTALS, kept("record = 999999")),
    "whose a running total is": (Claim.TOTALS, kept("\"case\" = 'T-2'")),
    "a running total gone": (
        Claim.TOTALS,
        run("DELETE FROM reservation_total WHERE reservation = 'r'"),
    ),
    "a running total of nothing": (Claim.TOTALS, total_of_nothing),
    "the refusal of the entry": (
        Claim.DECIDED,
        run("UPDATE record SET rule = 'clock' WHERE key = 'entry p'"),
    ),
}


def unlocked(database: Engine) -> Engine:
    """Money reserved, and 300 of it committed; with the locks of the tables taken off, as their owner can."""
    furnish(database)
    assert [move(database, K.PENDING, "r", 400), move(database, K.POST, "p", 300)] == [None, None]
    more = [
        move(database, kind, key, 100, "s")
        for kind, key in ((K.PENDING, "s"), (K.POST, "ps"), (K.ORDER, "os"))
    ]
    assert more == [None] * 3
    with database.begin() as connection:
        if database.dialect.name == "postgresql":
            for table in ("record", "transfer", "fund", "reservation_total"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            for name in connection.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
    return database
