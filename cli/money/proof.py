"""The proof of the books, for whoever wants it now."""

from typing import Annotated

import typer

from activities.money import proof
from cli.context import Context
from cli.errors import CommandError, Exit
from cli.money.fund import known
from cli.output import Output, OutputOption, print_rows

COLUMNS = ("fund", "claim", "detail", "records")


def check(
    context: Context,
    fund: Annotated[str | None, typer.Argument(help="a fund, or a part of one; left out: all")] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Prove the books: replay the journal from nothing, hold every transfer against its decision.

    It changes nothing; the nightly check freezes a fund whose books are wrong.
    """
    root = str(known(context, fund)["root"]) if fund else None
    found = context.read(lambda connection: proof.check(connection, root))
    if output is not Output.TABLE or found:
        print_rows((one._asdict() for one in found), COLUMNS, output)
    if found:
        raise CommandError(Exit.VERIFICATION, f"{len(found)} discrepancies", "accord history shows records")
    if output is Output.TABLE:
        typer.echo("The books are right: every balance is what its journal says, every transfer decided.")
