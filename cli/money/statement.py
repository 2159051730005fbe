"""Statements of a bank: held against the payments that they show."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.context import As, Context
from cli.errors import CommandError, Exit
from cli.money.fund import FundArgument
from cli.output import Output, OutputOption, print_rows, tell
from services.payment.comparing import Compared, LineResult
from services.payment.reconciliation import Reconciler

COLUMNS = ("line", "booked", "amount", "result", "payment", "why")


def reconcile(
    context: Context,
    fund: FundArgument,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="camt.053 or CSV")],
    as_: As = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Hold a statement of the bank against the payments. Whatever does not agree freezes the fund."""
    actor, belief = context.sender(as_), context.belief
    done = context.ask(
        lambda cases: Reconciler(context.database, cases, actor, belief).reconcile(
            fund, lambda: context.installation.files.statement(file)
        )
    )
    print_rows(map(_row, done.lines), COLUMNS, output)
    if done.frozen:
        raise CommandError(
            Exit.VERIFICATION,
            f"Statement {done.statement} does not agree (record {done.seq}); {fund} is frozen.",
            "clear it up with the bank, then two people: accord fund thaw",
        )
    if output is Output.TABLE:
        tell(f"Statement {done.statement} is reconciled (record {done.seq}).")
        if any(one.result is LineResult.TAKES_ANOTHER for one in done.lines):
            tell(
                "Money came back; the bank itself does not say so: another reconciler hands the same file in."
            )


def _row(one: Compared) -> dict[str, Any]:
    """A line of the statement and what it was found to be."""
    return one.line.content() | one._asdict() | {"line": one.line.id, "amount": str(one.line.amount)}
