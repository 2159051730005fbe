"""What is said to the bank: the activities that send a payment, at most once, and then only ask about it."""

from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.money import level
from activities.payment.payment import FENCED
from models.money.transfer import TransferKind
from models.payment.payment import BankSays, Instruction, Said
from models.tables.money import transfer
from models.tables.payment import dispatch, payment
from models.tables.people import organisation

SENDING = "sending"
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
