"""What a case, or a payment, gives back when its workflow was terminated: entries, in their order."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from activities.case.cases import CaseRow
from activities.money import holding
from activities.payment import payment, sending
from activities.training import cohort
from models.case.action import CaseAction
from models.case.effects import Effect
from models.case.record import Entry
from models.money.effects import Moves
from models.money.transfer import Transfer, TransferKind
from models.operations.action import OperationsAction
from models.payment.action import PaymentAction
from models.payment.effects import Lists
from models.payment.payment import PaymentState, PaymentUpdate
from models.tables.record import record
from models.training.action import CohortAction
from models.training.effects import Enrols
from models.training.enrolment import BEFORE_THE_COURSE, EnrolmentState


class Ended(NamedTuple):
    """A case, or a part of one, whose workflow is gone: what it needs to speak of it on record."""

    row: CaseRow
    at: datetime
    reason: str

    def entry(self, action: str, key: str, *effects: Effect, **more: Any) -> Entry:
        """An entry of it."""
        fields = {"stage": self.row["stage"], "action": action, "at": self.at, "reason": self.reason}
        return Entry(**fields | {"key": key, "effects": effects} | more)

    def moved(self, action: str, key: str, kind: TransferKind, of: holding.Held | holding.Due) -> Entry:
        """An entry that moves the money of a reservation; what is due is resolved by it."""
        resolves = of.key if isinstance(of, holding.Due) else None
        known = {"fund": of.fund, "reservation": of.reservation, "resolves": resolves}
        return self.entry(action, key, Moves(transfer=Transfer(key=key, kind=kind, **known)))


def by_case(connection: Connection, ended: Ended) -> Iterator[Entry]:
    """What the case at the top gives back: payments that nobody carries are cancelled, reservations and
    commitments released, places in a cohort given up. A payment with a workflow of its own goes on.
    """
    number = ended.row["number"]
    held = holding.held_by(connection, number)
    listed = [row["key"] for row in payment.listing(connection, case=number)]
    orphans = [one for one in holding.due(connection, number) if not any(_is_of(one, key) for key in listed)]
    if held:
        yield ended.entry(CaseAction.MONEY_BLOCKED, f"{number}:terminated:blocked")
    for one in orphans:
        key = f"{one.key}:cancelled"
        yield ended.moved(OperationsAction.PAYMENT_CANCELLED, key, TransferKind.CANCEL, one)
    for of in held:
        yield _released(connection, ended, of)
    yield from _left(connection, ended)


def _released(connection: Connection, ended: Ended, of: holding.Held) -> Entry:
    """The keys are those of the workflow: by them a payment knows that what comes back later is to be
    released, too.
    """
    kind = TransferKind.VOID if of.reserved else TransferKind.DECOMMIT
    action = OperationsAction.RELEASED if of.reserved else OperationsAction.COMMITMENT_RELEASED
    key = f"{ended.row['number']}:{kind}:{of.reservation}"
    again = f"{key}:again" if _is_on_record(connection, key) else key
    return ended.moved(action, again, kind, of)


def _left(connection: Connection, ended: Ended) -> Iterator[Entry]:
    """Who is still to come to a cohort, or is there, is told that it is over for them, on record."""
    number = ended.row["number"]
    for one in cohort.enrolments(connection, number):
        if one.state in (*BEFORE_THE_COURSE, EnrolmentState.ATTENDING):
            over = {"state": EnrolmentState.CANCELLED, "changes": one.changes + 1}
            then = one.model_copy(update=over)
            facts = {"nominee": one.nominee, "country": one.country, "state": then.state}
            key = f"{number}:{one.nominee}:{then.changes}:terminated"
            yield ended.entry(CohortAction.ENDED_FOR, key, Enrols(enrolment=then), facts=facts)


def by_payment(connection: Connection, ended: Ended) -> Iterator[Entry]:
    """What a payment gives back: what is due is committed again, unless the bank has it, or may have it; then
    only the bank and its statements can say what became of it.
    """
    row = _payment_of(connection, ended.row)
    if row is None or PaymentState(row["state"]).made or PaymentState(row["state"]).over:
        return
    key, number = row["key"], ended.row["number"]
    if sending.may_have_left(connection, key):
        doubt = Lists(payment=PaymentUpdate(key=key, state=PaymentState.IN_DOUBT))
        yield ended.entry(PaymentAction.LEFT_IN_DOUBT, f"{key}:left-in-doubt", doubt)
        return
    sending.fence(connection, number, key, ended.at)
    cancelled = Lists(payment=PaymentUpdate(key=key, state=PaymentState.CANCELLED))
    for one in holding.due(connection, number):
        if _is_of(one, key):
            entry = ended.moved(PaymentAction.CANCELLED, f"{key}:cancelled", TransferKind.CANCEL, one)
            yield entry.with_effects(cancelled)
            yield from _rest(connection, ended, key, one)


def _rest(connection: Connection, ended: Ended, payment: str, one: holding.Due) -> Iterator[Entry]:
    """Once the case has released the rest of its commitment, what comes back to it is released, too."""
    released = f"{ended.row['number']}:{TransferKind.DECOMMIT}:{one.reservation}"
    if _is_on_record(connection, released):
        of = holding.Held(one.reservation, one.fund, 0, 0, 0)
        yield ended.moved(PaymentAction.REST_RELEASED, f"{payment}:rest", TransferKind.DECOMMIT, of)


def _payment_of(connection: Connection, part: CaseRow) -> payment.PaymentRow | None:
    rows = payment.listing(connection, case=part["number"])
    return next((row for row in rows if row["workflow_id"] == part["workflow_id"]), None)


def _is_of(one: holding.Due, payment: str) -> bool:
    """Whether money is due by this payment: what came back from the bank is due under a key of its own."""
    return one.key == f"{payment}:tranche" or one.key.startswith(f"{payment}:tranche:")


def _is_on_record(connection: Connection, key: str) -> bool:
    return connection.scalar(select(record.c.seq).where(record.c.key == key)) is not None
