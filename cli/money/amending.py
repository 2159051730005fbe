"""Supplementary budgets: what the file of a fund says otherwise, until two of its managers confirm it."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.context import As, Context
from cli.money.fund import FundArgument, known
from cli.output import Output, OutputOption, print_rows, tell
from models.people.asking import Confirmation
from services.money.amending import Amending
from services.money.amendments import waiting

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="e.g. 214; `accord fund pending` lists them")]
Reason = Annotated[str, typer.Option(help="why; it is on record")]
PENDING = ("record", "amendment", "asked_by", "at")


def pending(context: Context, fund: FundArgument, output: OutputOption = Output.TABLE) -> None:
    """What the file of a fund says otherwise, and waits for two of its managers."""
    known(context, fund)
    found = context.read(lambda connection: waiting(connection, fund, datetime.now(UTC)))
    rows = [
        {"record": one.record, "amendment": str(one.amendment), "asked_by": one.asked_by, "at": one.at}
        for one in found
    ]
    print_rows(rows, PENDING, output)


def confirm(
    context: Context, fund: FundArgument, number: Number, reason: Reason = "", as_: As = None
) -> None:
    """Say that such a difference shall be in force; the second manager puts it there."""
    asked = Confirmation(number=number, actor=context.sender(as_), reason=reason)
    done = Amending(context.database, context.belief).confirm(fund, asked)
    became = (
        "in force" if done.in_force else f"noted; another manager must say: fund confirm {fund} {done.seq}"
    )
    tell(f"{done.amendment}: {became} (record {done.seq}).")
