"""Payments: the list of them, and what is said to the bank. Sent at most once; then only asked about."""

from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, Protocol, TypedDict, Unpack

from sqlalchemy import Connection, Engine, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.case.projection import Projection, Writing
from activities.money import level
from models.case.record import Source
from models.money.statement import Statement
from models.money.transfer import TransferKind
from models.payment.effects import Lists
from models.payment.payment import BankSays, Instruction, PaymentState, PaymentUpdate, Said
from models.tables.money import transfer
from models.tables.payment import dispatch, payment, statement
from models.tables.people import organisation

SENDING = "sending"
FENCED = "fenced"
LINES = 4
"""How many may wait for the bank at once: a silent one must not take the threads that decisions need."""
PATIENCE = 2.0
"""Seconds to wait for a line."""


class Bank(Protocol):
    """The port to a bank. Neither call raises for what a bank or a network can do."""

    def submit(self, instruction: Instruction, account: str) -> Said:
        """Hand in an instruction. NOT_SENT only if nothing can have arrived; DOUBT if something may have."""

    def status(self, key: str) -> Said:
        """What has become of it. UNKNOWN: the bank says it has none; DOUBT: the bank cannot be asked now."""


class Payments:
    """Sends instructions to the bank, and asks about them."""

    def __init__(self, engine: Engine, bank: Bank) -> None:
        self._engine = engine
        self._bank = bank
        self._slots = BoundedSemaphore(LINES)

    @activity.defn(name="pay")
    def pay(self, instruction: Instruction) -> Said:
        """Send an instruction, unless it may have been sent before: then it is in doubt.

        It is written down as being sent before it is, in a transaction of its own. Whatever happens in
        between (this process may die at any line) it is not sent a second time.
        """
        if not self._slots.acquire(timeout=PATIENCE):
            return Said(says=BankSays.NOT_SENT, reason="Too many payments are being sent.")
        try:
            return self._pay(instruction)
        finally:
            self._slots.release()

    def _pay(self, instruction: Instruction) -> Said:
        account = self._begin(instruction)
        if isinstance(account, Said):
            return account
        said = self._bank.submit(instruction, account)
        if said.says is BankSays.NOT_SENT:
            with self._engine.begin() as connection:
                connection.execute(_MARK, _which(instruction) | {"now": FENCED})
        return said

    def _begin(self, instruction: Instruction) -> str | Said:
        """The account to pay to, once the attempt is written down; or why it cannot begin."""
        try:
            with self._engine.begin() as connection:
                if connection.scalar(_UNDER_WAY, {"key": instruction.key}):
                    return Said(says=BankSays.DOUBT, reason="It may have been sent before.")
                if why := _stopped(connection, instruction):
                    return Said(says=BankSays.NOT_SENT, reason=why)
                account = connection.scalar(_ACCOUNT, {"payee": instruction.payee.casefold()})
                if not account:
                    return Said(says=BankSays.NOT_SENT, reason="The directory has no account of the payee.")
                row = {"payment": instruction.payment, "at": datetime.now(UTC), "state": SENDING}
                row |= {"instruction": instruction.key, "attempt": instruction.attempt}
                connection.execute(insert(dispatch), row)
                return str(account)
        except IntegrityError:
            return Said(says=BankSays.DOUBT, reason="This attempt was made, or fenced off.")

    @activity.defn(name="ask")
    def ask(self, instruction: Instruction) -> Said:
        """What has become of an instruction: asked until the bank has decided, or has not known it for long.

        One that never left is fenced off, so that whoever was about to send it no longer can: NOT_SENT.
        """
        if not self._under_way_or_fenced(instruction):
            return Said(says=BankSays.NOT_SENT, reason="Nothing had left the house.")
        said = Said(says=BankSays.DOUBT, reason="Too many are being asked about.")
        if self._slots.acquire(timeout=PATIENCE):
            try:
                said = self._bank.status(instruction.key)
            finally:
                self._slots.release()
        if said.says in (BankSays.SETTLED, BankSays.REJECTED):
            return said
        if said.says is BankSays.UNKNOWN and _asking() > timedelta(hours=instruction.doubt_hours):
            return said
        raise ApplicationError(
            f"{instruction.key}: {said.says} {said.reason}".strip(),
            type="not-decided",
            category=ApplicationErrorCategory.BENIGN,
        )

    def _under_way_or_fenced(self, instruction: Instruction) -> bool:
        """Whether an attempt is under way. False: none is, and this one cannot be made any more."""
        with self._engine.begin() as connection:
            since = connection.scalar(_UNDER_WAY, {"key": instruction.key})
            if (
                since is None
                and not connection.execute(_MARK, _which(instruction) | {"now": FENCED}).rowcount
            ):
                row = {"payment": instruction.payment, "at": datetime.now(UTC), "state": FENCED}
                row |= {"instruction": instruction.key, "attempt": instruction.attempt}
                connection.execute(insert(dispatch), row)
            return since is not None


def _asking() -> timedelta:
    """How long the bank has been asked for, by the clock of the server."""
    asked = activity.info()
    return asked.started_time - asked.scheduled_time


def _which(instruction: Instruction) -> dict[str, Any]:
    return {"key": instruction.key, "no": instruction.attempt}


_RESOLVED = transfer.alias("resolved")


def _stopped(connection: Connection, instruction: Instruction) -> str | None:
    """Why nothing may be paid now: the money is not ordered, the payment is held, or its fund is frozen."""
    if connection.scalar(_ORDERED, {"order": instruction.order}) is None:
        return f"The ledger has no open order {instruction.order}."
    held = connection.scalar(_HELD, {"key": instruction.payment})
    frozen = level.frozen(connection, instruction.fund)
    return f"It is held: {held}" if held else f"The fund is frozen: {frozen}" if frozen else None


_ORDERED = select(transfer.c.key).where(
    transfer.c.key == bindparam("order"),
    transfer.c.kind == TransferKind.ORDER,
    ~select(_RESOLVED.c.key).where(_RESOLVED.c.resolves == transfer.c.key).exists(),
)
_UNDER_WAY = select(func.min(dispatch.c.at)).where(
    dispatch.c.instruction == bindparam("key"), dispatch.c.state == SENDING
)
_MARK = (
    update(dispatch)
    .where(dispatch.c.instruction == bindparam("key"), dispatch.c.attempt == bindparam("no"))
    .values(state=bindparam("now"))
)
_HELD = select(payment.c.held).where(payment.c.key == bindparam("key"))
_ACCOUNT = select(organisation.c.account).where(
    or_(func.lower(organisation.c.name) == bindparam("payee"), organisation.c.id == bindparam("payee"))
)


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


_FENCE_ALL = update(dispatch).where(dispatch.c.payment == bindparam("of")).values(state=FENCED)


def find(connection: Connection, key: str) -> dict[str, Any] | None:
    """One payment, or None."""
    row = connection.execute(_PAYMENT, {"key": key}).mappings().first()
    return dict(row) if row else None


_PAYMENT = select(payment).where(payment.c.key == bindparam("key"))


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


def statement_of(connection: Connection, fund: str, number: str) -> str | None:
    """The SHA-256 of the statement with this number that was reconciled; None: none was."""
    wanted = select(statement.c.sha256).where(statement.c.fund == fund, statement.c.id == number)
    found: str | None = connection.scalar(wanted)
    return found


def keep_statement(connection: Connection, fund: str, given: Statement, seq: int) -> None:
    """Remember that a statement was reconciled; the same again changes nothing."""
    if statement_of(connection, fund, given.id) is None:
        row = {"sha256": given.sha256, "fund": fund, "id": given.id, "record": seq}
        connection.execute(insert(statement).values(row))


PROJECTIONS = (Projection(Lists, apply=_list),)
