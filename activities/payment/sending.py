"""What is said to the bank: the activities that send a payment, at most once, and then only ask about it."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.payment.approved import Payable, payable
from activities.payment.payment import FENCED
from models.amount import Amount
from models.payment.action import PaymentAction
from models.payment.bank import BankSays, Instruction, ReturnInquiry, Said, Sent, Shown, differences
from models.tables.payment import dispatch
from models.tables.record import record

SENDING = "sending"
BANK_QUEUE = "bank"
"""Where the workers listen for what goes to the bank: whoever waits there for a silent bank keeps no decision
waiting. Its name stands in what is under way.
"""
LINES = 4
"""How many calls to the bank a worker makes at once; the others wait in the queue, in their order."""


class BankAnswer(NamedTuple):
    """What a bank answered, before it is compared with what was sent."""

    says: BankSays
    reference: str = ""
    reason: str = ""
    shown: Shown | None = None
    """What it says that it has; None: it speaks of no payment, and nothing follows but what it says."""
    returned: bool = False
    """Whether it says that what it settled has come back."""


class Bank(Protocol):
    """The port to a bank. Neither call raises for what a bank or a network can do."""

    def submit(self, instruction: Instruction, account: str) -> BankAnswer:
        """Hand in an instruction. NOT_SENT only if nothing can have arrived; DOUBT if something may have."""

    def status(self, key: str) -> BankAnswer:
        """What has become of it. UNKNOWN: the bank says it has none; DOUBT: the bank cannot be asked now."""


class Payments:
    """Sends instructions to the bank, and asks about them. It believes neither who asks nor the bank."""

    def __init__(self, engine: Engine, bank: Bank) -> None:
        self._engine = engine
        self._bank = bank

    @activity.defn(name="pay")
    def pay(self, instruction: Instruction) -> Said:
        """Send what the record has as approved, unless it may have been sent before: then it is in doubt.

        It is written down as being sent before it is, in a transaction of its own. Whatever happens in
        between (this process may die at any line) it is not sent a second time.
        """
        due = self._begin(instruction)
        if isinstance(due, Said):
            return due
        said = compared(self._bank.submit(due.instruction, due.account.number), due.sent)
        if said.says is BankSays.NOT_SENT:
            with self._engine.begin() as connection:
                connection.execute(_MARK, _which(instruction) | {"now": FENCED})
        return said

    def _begin(self, instruction: Instruction) -> Payable | Said:
        """What to send, once the attempt is written down; or why it cannot begin."""
        try:
            with self._engine.begin() as connection:
                if connection.scalar(_UNDER_WAY, {"key": instruction.key}):
                    return Said(says=BankSays.DOUBT, reason="It may have been sent before.")
                due = payable(connection, instruction)
                if isinstance(due, Said):
                    return due
                connection.execute(insert(dispatch), _written_down(due))
                return due
        except IntegrityError:
            return Said(says=BankSays.DOUBT, reason="This attempt was made, or fenced off.")

    @activity.defn(name="ask")
    def ask(self, instruction: Instruction) -> Said:
        """What has become of an instruction: asked until the bank has decided, or has not known it for long.

        One that never left is fenced off, so that whoever was about to send it no longer can: NOT_SENT.
        """
        if not self._under_way_or_fenced(instruction):
            return Said(says=BankSays.NOT_SENT, reason="Nothing had left the house.")
        said = self._asked(instruction)
        if said.says in (BankSays.SETTLED, BankSays.REJECTED, BankSays.DISAGREES):
            return said
        if said.says is BankSays.UNKNOWN and _asking() > timedelta(hours=instruction.doubt_hours):
            return said
        raise ApplicationError(
            f"{instruction.key}: {said.says} {said.reason}".strip(),
            type="not-decided",
            category=ApplicationErrorCategory.BENIGN,
        )

    @activity.defn(name="ask-returned")
    def ask_returned(self, inquiry: ReturnInquiry) -> Said:
        """What the bank itself says of money that came back, asked once. RETURNED: it did, and its answer
        is about exactly what it was handed. Anything else: it takes two people.
        """
        with self._engine.connect().execution_options(readonly=True) as connection:
            sent = _sent(connection, inquiry.key)
        if sent is None or sent.account is None:
            return Said(says=BankSays.DOUBT, reason="What was sent is not written down in full.")
        answer = self._bank.status(inquiry.key)
        said = compared(answer, sent)
        came_back = said.says is BankSays.SETTLED and answer.returned
        return said.model_copy(update={"says": BankSays.RETURNED}) if came_back else said

    def _asked(self, instruction: Instruction) -> Said:
        answer = self._bank.status(instruction.key)
        with self._engine.connect().execution_options(readonly=True) as connection:
            sent = _sent(connection, instruction.key)
        assert sent, "it is under way"
        return compared(answer, sent)

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


def may_have_left(connection: Connection, payment: str) -> bool:
    """Whether an attempt to send this payment is under way, or was."""
    return connection.scalar(_ANY_UNDER_WAY, {"of": payment}) is not None


def fence(connection: Connection, case: str, payment: str, at: datetime) -> None:
    """Let nobody begin an attempt any more that the record has, and that has not begun. IntegrityError:
    it begins in this moment.
    """
    known = {(row.instruction, row.attempt) for row in connection.execute(_ATTEMPTS, {"of": payment})}
    for key in connection.scalars(_ON_RECORD, {"case": case, "begin": f"{payment}:%:sending"}):
        instruction, attempt, _ = key.rsplit(":", 2)
        if (instruction, int(attempt)) not in known:
            row = {"instruction": instruction, "attempt": int(attempt), "payment": payment}
            connection.execute(insert(dispatch), row | {"at": at, "state": FENCED})


_ATTEMPTS = select(dispatch.c.instruction, dispatch.c.attempt).where(dispatch.c.payment == bindparam("of"))
_ANY_UNDER_WAY = (
    select(dispatch.c.instruction).where(dispatch.c.payment == bindparam("of"), dispatch.c.state == SENDING)
).limit(1)
_ON_RECORD = select(record.c.key).where(
    record.c.case == bindparam("case"),
    record.c.action == PaymentAction.SENT,
    record.c.key.like(bindparam("begin")),
    record.c.rule.is_(None),
)


def _asking() -> timedelta:
    """How long the bank has been asked for, by the clock of the server."""
    asked = activity.info()
    return asked.started_time - asked.scheduled_time


def _which(instruction: Instruction) -> dict[str, Any]:
    return {"key": instruction.key, "no": instruction.attempt}


def compared(answer: BankAnswer, sent: Sent) -> Said:
    """What the bank said, where it speaks of what it was sent; else how it differs."""
    wrong = "; ".join(differences(sent, answer.shown)) if answer.shown else ""
    if wrong and answer.says is not BankSays.DOUBT:
        return Said(says=BankSays.DISAGREES, reason=f"The bank answers about something else: {wrong}.")
    return Said(says=answer.says, reference=answer.reference, reason=answer.reason)


def _written_down(due: Payable) -> dict[str, Any]:
    """An attempt, as it is kept before it is made: the bank's answers are compared with it."""
    wish, sent = due.instruction, due.sent
    return {
        "instruction": wish.key,
        "attempt": wish.attempt,
        "payment": wish.payment,
        "state": SENDING,
        "amount": sent.amount.minor,
        "currency": sent.amount.currency,
        "account": sent.account,
        "at": datetime.now(UTC),
    }


def _sent(connection: Connection, key: str) -> Sent | None:
    """What the bank was handed under the key of an instruction; None: nothing, as far as is written down."""
    row = connection.execute(_HANDED_IN, {"key": key}).first()
    return Sent(key, Amount(minor=row.amount, currency=row.currency), row.account) if row else None


_UNDER_WAY = select(func.min(dispatch.c.at)).where(
    dispatch.c.instruction == bindparam("key"), dispatch.c.state == SENDING
)
_MARK = (
    update(dispatch)
    .where(dispatch.c.instruction == bindparam("key"), dispatch.c.attempt == bindparam("no"))
    .values(state=bindparam("now"))
)
_HANDED_IN = (
    select(dispatch.c.amount, dispatch.c.currency, dispatch.c.account)
    .where(dispatch.c.instruction == bindparam("key"), dispatch.c.state == SENDING)
    .order_by(dispatch.c.attempt)
    .limit(1)
)
