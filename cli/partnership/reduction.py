"""Committing less than was asked for."""

from typing import Annotated

import typer

from cli import arguments
from cli.context import As, Context, DryRun
from models.partnership.reduction import Reduction


def reduce(
    context: Context,
    gate: Annotated[str, typer.Argument(help="of the funding panel, e.g. KCN-2020-01:funding:1")],
    amount: Annotated[str, typer.Option(help="what the study may cost in all, e.g. 400000000")],
    reason: Annotated[str, typer.Option(help="why; it is on record")],
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Put a smaller amount before the funding panel, as one of it. Every seat votes anew, on that."""
    case = gate.partition(":")[0]
    read = context.gate(gate)["content_hash"]
    minor = arguments.amount(amount, str(context.case(case)["currency"])).minor
    fields = {"gate": gate, "amount": minor, "content_hash": read, "reason": reason}
    context.send("reduce", Reduction(actor=context.sender(as_), **fields), dry_run)
