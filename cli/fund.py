"""The fund: what is available, reserved, committed, disbursed."""

import typer

from activities import fund
from cli.office import Office
from cli.output import Output, OutputOption, show
from models.fund import Account, Amount


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command("fund")
    def show_fund(output: OutputOption = Output.TABLE) -> None:
        """Every sleeve and its balances, which always add up to its cap."""
        rows = office.read(fund.balances)
        if output is Output.TABLE:
            rows = [row | {name: _money(row, name) for name in (*Account, "cap")} for row in rows]
        show(rows, ("id", "name", "cap", *Account), output)


def _money(row: dict[str, object], name: str) -> str:
    value = int(str(row[name]))
    return str(Amount(minor=value, currency=str(row["currency"]))) if value else "0"
