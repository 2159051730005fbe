"""Payments as they stand: what entries say of them, and the list. ``sending.py`` talks to the bank."""

from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import Connection, bindparam, insert, select, update

from activities.case.projection import Projection, Writing
from models.case.record import Source
from models.payment.effects import Lists
from models.payment.payment import PaymentState, PaymentUpdate
from models.tables.payment import dispatch, payment


def _list(writing: Writing, effect: Lists, _: object) -> None:
    store(writing.connection, effect.payment, writing.source, writing.seq, writing.entry.at)


def store(connection: Connection, wish: PaymentUpdate, source: Source, seq: int, at: datetime) -> None:
    """Keep what an entry says of a payment; the first one puts it on the list."""
    said = wish.model_dump(exclude_none=True, exclude={"amount"})
    if wish.amount:
        said |= {"amount": wish.amount.minor, "currency": wish.amount.currency}
    if wish.held == "":
        said["held"] = None
    row = {**said, "record": seq, "updated_at": at}
    known = find(connection, wish.key)
    if known and wish.state and _goes_back(PaymentState(known["state"]), wish.state):
        return  # an engine that was reset goes the same way again; what is on record stands
    if known:
        connection.execute(update(payment).where(payment.c.key == wish.key).values(row))
    else:
        start = {"case": source.case, "workflow_id": source.workflow_id, "state": PaymentState.DUE}
        connection.execute(insert(payment).values(start | row))
    if wish.state in (PaymentState.RETURNED, PaymentState.FAILED, PaymentState.CANCELLED):
        connection.execute(_FENCE_ALL, {"of": wish.key})


def _goes_back(stands: PaymentState, said: PaymentState) -> bool:
    return stands.made and not said.made and said is not PaymentState.RETURNED


FENCED = "fenced"
"""An attempt to send that can no longer be made."""
_FENCE_ALL = update(dispatch).where(dispatch.c.payment == bindparam("of")).values(state=FENCED)


class PaymentRow(TypedDict):
    """A payment as it stands; amounts in minor units."""

    key: str
    case: str
    workflow_id: str
    gate: str
    fund: str
    reservation: str
    payee: str
    amount: int
    currency: str
    state: str
    invoice: str | None
    reference: str | None
    held: str | None
    statement: str | None
    not_before: datetime | None
    record: int
    updated_at: datetime


def find(connection: Connection, key: str) -> PaymentRow | None:
    """One payment, or None."""
    row = connection.execute(_PAYMENT, {"key": key}).mappings().first()
    return PaymentRow(**row) if row else None  # type: ignore[typeddict-item]


_PAYMENT = select(payment).where(payment.c.key == bindparam("key"))


class Filters(TypedDict, total=False):
    """What a list of payments is chosen by; None leaves one out."""

    state: str | None
    case: str | None


def listing(
    connection: Connection, limit: int | None = None, after: str | None = None, **filters: Unpack[Filters]
) -> list[PaymentRow]:
    """Payments by their key, from behind ``after``."""
    wanted = select(payment).order_by(payment.c.key).limit(limit)
    if after is not None:
        wanted = wanted.where(payment.c.key > after)
    for column, value in filters.items():
        if value is not None:
            wanted = wanted.where(payment.c[column] == value)
    return [PaymentRow(**row) for row in connection.execute(wanted).mappings()]  # type: ignore[typeddict-item]


PROJECTIONS = (Projection(Lists, apply=_list),)
