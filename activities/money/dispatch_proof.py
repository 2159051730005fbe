"""The proof of what was handed to the bank: nothing on record makes it, so it is held against payments."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, String, and_, cast, select

from activities.case.finding import Finding
from models.case.gate import GateRef
from models.payment.payment import PaymentState
from models.tables.payment import dispatch, payment
from models.tables.record import gate, record

SENDING = "sending"


def handed_over(connection: Connection) -> Iterator[Finding]:
    """Payments that were made though nothing was handed over, and what was handed over for no payment."""
    for row in connection.execute(_NEVER_SENT):
        detail = f"it is {row.state}, and no attempt to send it is written down"
        yield Finding("payment", row.key, detail, row.record, row._asdict())
    for row in connection.execute(_FOR_NOTHING):
        yield Finding(
            "dispatch", f"{row.instruction} {row.attempt}", f"there is no payment {row.payment} of it"
        )
    for row in connection.execute(_UNSAID):
        yield Finding("dispatch", f"{row.instruction} {row.attempt}", "no entry says that it was to be sent")
    approved: Iterable[Row[Any]] = connection.execute(_APPROVED)
    for one in approved:
        for why in _otherwise(one):
            yield Finding("dispatch", f"{one.instruction} {one.attempt}", why, one.record, {"fund": one.fund})


def _otherwise(row: Row[Any]) -> Iterator[str]:
    """In what an attempt is not what was approved: of the round that the payment is in."""
    round_, account = GateRef.parse(row.gate).round, json.loads(row.subject).get("account") or {}
    if row.instruction != f"{row.key}:{round_}" or row.state != SENDING:
        return
    if (row.amount, row.currency) != (row.due, row.due_in):
        yield f"{row.amount} {row.currency} was handed over, {row.due} {row.due_in} approved"
    if row.account and row.account != account.get("digest"):
        yield "the account is not the one that was approved"


_MADE = [state for state in PaymentState if state.made]
_SENT = select(dispatch.c.payment).where(dispatch.c.payment == payment.c.key, dispatch.c.state == SENDING)
_NEVER_SENT = select(payment.c.key, payment.c.state, payment.c.fund, payment.c.record).where(
    payment.c.state.in_(_MADE), ~_SENT.exists()
)
_KEY = dispatch.c.instruction + ":" + cast(dispatch.c.attempt, String) + ":sending"
_UNSAID = select(dispatch).where(~select(record.c.seq).where(record.c.key == _KEY).exists())
_APPROVED = (
    select(
        *(dispatch.c[name] for name in ("instruction", "attempt", "state", "amount", "currency", "account")),
        *(payment.c.key, payment.c.gate, payment.c.fund, payment.c.record, gate.c.subject),
        *(payment.c.amount.label("due"), payment.c.currency.label("due_in")),
    )
    .join(payment, payment.c.key == dispatch.c.payment)
    .join(gate, gate.c.id == payment.c.gate)
)
_OF = and_(payment.c.key == dispatch.c.payment, dispatch.c.instruction.startswith(payment.c.key))
_FOR_NOTHING = select(dispatch).outerjoin(payment, _OF).where(payment.c.key.is_(None))
