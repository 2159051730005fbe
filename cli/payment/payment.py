"""Payments: what is due, in whose hands it is, held and released."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from activities.payment import payment
from cli import arguments as given
from cli.context import As, Office
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, show
from models.amount import Amount
from models.case.approval import Decision
from models.case.panel import Choice
from models.case.rule import Rule
from models.payment.payment import Hold, PaymentRequest, PaymentState, Release
from services.case.cases import Refused

COLUMNS = (
    "key",
    "state",
    "amount",
    "payee",
    "reference",
    "held",
    "gate",
    "not_before",
    "updated_at",
    "record",
)
PaymentArgument = Annotated[str, typer.Argument(help="e.g. KCN-2020-01:study.inception")]
Reason = Annotated[str, typer.Option(help="why; it is on record")]


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""
    payments = typer.Typer(no_args_is_help=True, help=__doc__)
    app.add_typer(payments, name="payment")

    @payments.command("list")
    def list_(
        state: PaymentState | None = None,
        case: str | None = None,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """Every payment and how far it has come."""
        rows = office.read(lambda c: payment.listing(c, state=state, case=case))
        show([_written(row) for row in rows] if output is Output.TABLE else rows, COLUMNS, output)

    @payments.command()
    def request(
        key: PaymentArgument,
        invoice: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
        number: Annotated[str, typer.Option(help="the number on the invoice")],
        amount: Annotated[str | None, typer.Option(help="what of it is eligible; left out: all")] = None,
        as_: As = None,
    ) -> None:
        """Ask for the payment of a tranche; the invoice is kept."""
        found = _payment(office, key)
        eligible = given.amount(amount, found["currency"]).minor if amount else None
        fields: dict[str, Any] = {"gate": found["gate"], "number": number, "amount": eligible}
        message = PaymentRequest(actor=office.sender(as_), invoice=office.keep(invoice), **fields)
        office.send("request_payment", message)

    @payments.command()
    def approve(key: PaymentArgument, comment: str = "", as_: As = None) -> None:
        """Approve a payment, as `accord decide` would: not for whoever asked for it, and one vote each."""
        gate = office.gate(_payment(office, key)["gate"])
        message = Decision(
            gate=str(gate["id"]),
            verdict=Choice.APPROVE,
            actor=office.sender(as_),
            content_hash=str(gate["content_hash"]),
            comment=comment,
        )
        office.send("decide", message)

    @payments.command()
    def hold(key: PaymentArgument, reason: Reason, as_: As = None) -> None:
        """Stop a payment before it is sent."""
        gate = _payment(office, key)["gate"]
        office.send("hold", Hold(gate=gate, actor=office.sender(as_), reason=reason))

    @payments.command()
    def release(key: PaymentArgument, reason: Reason, as_: As = None) -> None:
        """Let a payment go that somebody else holds."""
        gate = _payment(office, key)["gate"]
        office.send("release", Release(gate=gate, actor=office.sender(as_), reason=reason))


def _payment(office: Office, key: str) -> dict[str, Any]:
    """A payment that people can act on: the date that releases it has come."""
    found = office.read(lambda c: payment.find(c, key))
    if found is None:
        raise Refused(Rule.UNKNOWN_PAYMENT, f"({key[:60]})")
    due = found["not_before"]
    if due and found["state"] == PaymentState.DUE and datetime.now(UTC) < due:
        raise CommandError(Exit.CONFLICT, f"{key} is due from {due:%Y-%m-%d}.", "ask for it then")
    return found


def _written(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"amount": str(Amount(minor=row["amount"], currency=row["currency"]))}
