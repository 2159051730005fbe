"""Payments: what is due, in whose hands it is, held and released."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from activities.payment import payment
from activities.payment.payment import PaymentRow
from cli import arguments
from cli.context import As, Context
from cli.errors import CommandError, Exit, refusal
from cli.output import Output, OutputOption
from cli.paging import AfterOption, LimitOption, Shown, print_page
from models.amount import Amount
from models.case.approval import Decision
from models.case.panel import Choice
from models.payment.payment import Hold, PaymentRequest, PaymentState, Release
from models.payment.rule import PaymentRule

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


def list_(
    context: Context,
    state: PaymentState | None = None,
    case: str | None = None,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Every payment and how far it has come."""
    print_page(
        context,
        lambda connection, most, key: payment.listing(connection, most, key, state=state, case=case),
        "key",
        limit,
        after,
        Shown(COLUMNS, output, _written if output is Output.TABLE else dict),
    )


def request(
    context: Context,
    key: PaymentArgument,
    invoice: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    number: Annotated[str, typer.Option(help="the number on the invoice")],
    amount: Annotated[str | None, typer.Option(help="what of it is eligible; left out: all")] = None,
    as_: As = None,
) -> None:
    """Ask for the payment of a tranche; the invoice is kept."""
    found = _payment(context, key)
    eligible = arguments.amount(amount, found["currency"]).minor if amount else None
    fields: dict[str, Any] = {"gate": found["gate"], "number": number, "amount": eligible}
    message = PaymentRequest(actor=context.sender(as_), invoice=context.keep(invoice), **fields)
    context.send("request_payment", message)


def approve(context: Context, key: PaymentArgument, comment: str = "", as_: As = None) -> None:
    """Approve a payment, as `accord decide` would: not for whoever asked for it, and one vote each."""
    gate = context.gate(_payment(context, key)["gate"])
    if account := json.loads(gate["subject"]).get("account"):
        typer.echo(f"To the account that ends in {account['last']} (SHA-256 {account['digest'][:12]}…).")
    message = Decision(
        gate=str(gate["id"]),
        verdict=Choice.APPROVE,
        actor=context.sender(as_),
        content_hash=str(gate["content_hash"]),
        comment=comment,
    )
    context.send("decide", message)


def hold(context: Context, key: PaymentArgument, reason: Reason, as_: As = None) -> None:
    """Stop a payment before it is sent."""
    gate = _payment(context, key)["gate"]
    context.send("hold", Hold(gate=gate, actor=context.sender(as_), reason=reason))


def release(context: Context, key: PaymentArgument, reason: Reason, as_: As = None) -> None:
    """Let a payment go that somebody else holds."""
    gate = _payment(context, key)["gate"]
    context.send("release", Release(gate=gate, actor=context.sender(as_), reason=reason))


def _payment(context: Context, key: str) -> PaymentRow:
    """A payment that people can act on: the date that releases it has come."""
    found = context.read(lambda connection: payment.find(connection, key))
    if found is None:
        raise refusal(PaymentRule.UNKNOWN_PAYMENT, f"({key[:60]})")
    due = found["not_before"]
    if due and found["state"] == PaymentState.DUE and datetime.now(UTC) < due:
        raise CommandError(Exit.CONFLICT, f"{key} is due from {due:%Y-%m-%d}.", "ask for it then")
    return found


def _written(row: PaymentRow) -> dict[str, Any]:
    return {**row} | {"amount": str(Amount(minor=row["amount"], currency=row["currency"]))}
