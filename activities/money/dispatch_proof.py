"""The proof of what was handed to the bank: nothing on record makes it, so it is held against payments."""

from collections.abc import Iterator

from sqlalchemy import Connection, and_, select

from activities.case.rebuild import Finding
from models.payment.payment import PaymentState
from models.tables.payment import dispatch, payment

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


_MADE = [state for state in PaymentState if state.made]
_SENT = select(dispatch.c.payment).where(dispatch.c.payment == payment.c.key, dispatch.c.state == SENDING)
_NEVER_SENT = select(payment.c.key, payment.c.state, payment.c.fund, payment.c.record).where(
    payment.c.state.in_(_MADE), ~_SENT.exists()
)
_OF = and_(payment.c.key == dispatch.c.payment, dispatch.c.instruction.startswith(payment.c.key))
_FOR_NOTHING = select(dispatch).outerjoin(payment, _OF).where(payment.c.key.is_(None))
