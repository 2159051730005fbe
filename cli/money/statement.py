"""Statements of a bank: held against the payments that they show."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.context import As, Context
from cli.errors import CommandError, Exit
from cli.money.fund import FundArgument
from cli.output import Output, OutputOption, print_rows, tell
from services.payment.reconciliation import Compared, Reconciler

COLUMNS = ("line", "booked", "amount", "result", "payment", "why")


def reconcile(
    context: Context,
    fund: FundArgument,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="camt.053 or CSV")],
    as_: As = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Hold a statement of the bank against the payments. Whatever does not agree freezes the fund."""
    statement = context.installation.files.statement(file)
    actor = context.actor(as_)
    done = context.ask(lambda cases: Reconciler(context.database, cases, actor).reconcile(fund, statement))
    print_rows(map(_row, done.lines), COLUMNS, output)
    if done.frozen:
        raise CommandError(
            Exit.VERIFICATION,
            f"Statement {statement.id} does not agree (record {done.seq}); {fund} is frozen.",
            "clear it up with the bank, then two people: accord fund thaw",
        )
    if output is Output.TABLE:
        tell(f"Statement {statement.id} is reconciled (record {done.seq}).")


def _row(one: Compared) -> dict[str, Any]:
    """A line of the statement and what it was found to be."""
    return one.line.content() | one._asdict() | {"line": one.line.id, "amount": str(one.line.amount)}
