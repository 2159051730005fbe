"""What one person has asked of a fund, until a second confirms it; found by what was asked."""

import json
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select

from models.base import digest
from models.money.treasury import FundOrder
from models.tables.money import fund_request
from models.tables.record import record


class Asked(NamedTuple):
    """Who asked, when, and the number of that on record."""

    by: str
    at: datetime
    record: int


def find(connection: Connection, order: FundOrder) -> Asked | None:
    """Who has asked for the same, and has not been confirmed; None: nobody.

    The record is believed, not the table that leads to it: an entry that asked for something else is none.
    """
    row = connection.execute(_ASKED, {"of": order.request}).first()
    if row is None or digest(json.loads(row.payload)["facts"].get("order")) != order.request:
        return None
    return Asked(row.actor, row.at, row.seq)


def put_down(connection: Connection, order: FundOrder, seq: int) -> None:
    """Somebody has asked for it, under this number on record."""
    settle(connection, order)
    connection.execute(insert(fund_request).values(digest=order.request, record=seq))


def settle(connection: Connection, order: FundOrder) -> None:
    """It was confirmed: the same again takes two people again."""
    connection.execute(_SETTLE, {"of": order.request})


_ASKED = (
    select(record.c.seq, record.c.actor, record.c.at, record.c.payload)
    .join(fund_request, fund_request.c.record == record.c.seq)
    .where(fund_request.c.digest == bindparam("of"), record.c.rule.is_(None))
)
_SETTLE = delete(fund_request).where(fund_request.c.digest == bindparam("of"))
