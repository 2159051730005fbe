"""Statements of a bank: held against the payments that they show."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from adapters.bank_statement import LARGEST_FILE, read_statement
from cli.context import As, Office
from cli.errors import CommandError, Exit
from cli.money.fund import FundArgument
from cli.output import Output, OutputOption, show
from runtime import engine
from services.case.cases import Desk
from services.money.reconciliation import Reconciler, Reconciliation


def register(funds: typer.Typer, office: Office) -> None:
    """Add the command of this noun to those of funds."""

    @funds.command()
    def reconcile(
        fund: FundArgument,
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="camt.053 or CSV")],
        as_: As = None,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """Hold a statement of the bank against the payments. Whatever does not agree freezes the fund."""
        if file.stat().st_size > LARGEST_FILE:
            raise CommandError(Exit.INVALID, f"{file.name} is larger than 20 MB", "split it by statement")
        statement = read_statement(file.name, file.read_bytes())
        actor = office.actor(as_)

        async def at_desk() -> Reconciliation:
            client = await engine.connect(office.settings.home)
            desk = Desk(client, office.database, principal=office.principal())
            return await Reconciler(office.database, desk, actor).reconcile(fund, statement)

        done = asyncio.run(at_desk())
        rows = [one.line.content() | one._asdict() | {"line": one.line.id} for one in done.lines]
        show(
            [row | {"amount": str(one.line.amount)} for row, one in zip(rows, done.lines, strict=True)],
            ("line", "booked", "amount", "result", "payment", "why"),
            output,
        )
        if done.frozen:
            raise CommandError(
                Exit.VERIFICATION,
                f"Statement {statement.id} does not agree (record {done.seq}); {fund} is frozen.",
                "clear it up with the bank, then two people: accord fund thaw",
            )
        if output is Output.TABLE:
            typer.echo(f"Statement {statement.id} is reconciled (record {done.seq}).")
