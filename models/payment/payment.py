"""Payments: what is due to a payee, asked for, approved by two or more, and sent to the bank once. Pure."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from models.amount import Amount, Minor
from models.base import GateId, Line, Message, PersonId, Prose, Sha256
from models.case.case import Case, Kind

KIND = Kind(name="payment", stages=("study",))
"""What a payment is among the kinds of cases: it belongs to the stage of the study that it pays."""


class PaymentState(StrEnum):
    """How far a payment has come."""

    DUE = "due"
    REQUESTED = "requested"
    APPROVED = "approved"
    SENT = "sent"
    """The bank has it, or may have it."""
    IN_DOUBT = "in_doubt"
    """Nobody knows whether the bank has it: it is asked about, never sent again."""
    PAID = "paid"
    RECONCILED = "reconciled"
    RETURNED = "returned"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def made(self) -> bool:
        """Whether the money is with the payee."""
        return self in (PaymentState.PAID, PaymentState.RECONCILED)

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it."""
        return self in (PaymentState.RECONCILED, PaymentState.FAILED, PaymentState.CANCELLED)


class PaymentRequest(Message):
    """Asks for the payment of a tranche: the invoice, and how much of it is eligible."""

    gate: GateId
    actor: PersonId
    invoice: Sha256
    number: Line
    """The number on the invoice."""
    amount: Minor | None = None
    """Minor units; left out: the whole tranche."""


class Hold(Message):
    """Stops a payment that is not sent yet; it takes another person to release it."""

    gate: GateId
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]


class Release(Message):
    """Lets a payment go that was held."""

    gate: GateId
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]


def _is_unknown(field: object) -> bool:
    """What was not known yet is left out: the same words have the same digest as before."""
    return not field


def statement_line(statement: str, row: int) -> str:
    """The business key of a line of a statement."""
    return f"statement:{statement}:{row}"


class BankLine(Message):
    """A line of a bank's statement that names a payment: money that went out, or came back."""

    gate: GateId
    actor: PersonId
    statement: Sha256
    """SHA-256 of the file."""
    row: Annotated[int | None, Field(ge=1, le=100_000, exclude_if=_is_unknown)] = None
    """Which line of the file it is, the first being 1; None: in messages of before files were kept."""
    account: Annotated[str, Field(max_length=140, exclude_if=_is_unknown)] = ""
    """The account of the statement; empty where its file does not say."""
    line: Line
    instruction: Line
    """The key that the bank knows the payment by (its end-to-end id): of one round, not of the payment."""
    amount: Amount
    back: bool = False
    """Whether the money came back."""
    booked: date

    def figures(self) -> dict[str, Any]:
        """What it says of the line, to be compared with the statement that is kept."""
        said = self.model_dump(mode="json", exclude={"gate", "actor", "instruction"})
        return said | {"account": self.account, "row": self.row, "end_to_end_id": self.instruction}

    @property
    def key(self) -> str:
        """What the line is on record under."""
        return statement_line(self.statement, self.row or 0)


class PaymentStart(Message):
    """What is due, to whom, out of which commitment."""

    case: Case
    """The payment, as a part of the case that pays."""
    part: str
    """What it pays for: the name of a tranche."""
    payee: Line
    amount: Amount
    reservation: str
    order: str
    """Key of the ORDER transfer that this payment resolves."""
    document: Sha256
    """The accepted deliverable or evidence that it pays for; the award, where a date releases it."""
    not_before: AwareDatetime | None = None
    """The date that releases it, where that is still to come."""

    @property
    def key(self) -> str:
        """What the payment is called, on record and at the bank."""
        return f"{self.case.number}:study.{self.part}"


class PaymentUpdate(Message):
    """What an entry changes in the list of payments; what is left out stays."""

    key: str
    gate: GateId | None = None
    """Where people act on it."""
    state: PaymentState | None = None
    fund: str | None = None
    reservation: str | None = None
    payee: Line | None = None
    amount: Amount | None = None
    invoice: Sha256 | None = None
    reference: str | None = None
    """The bank's."""
    not_before: AwareDatetime | None = None
    held: str | None = None
    """Why it is held; empty text: it is not."""
    statement: str | None = None
