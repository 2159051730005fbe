"""Funds: what each level of them has, how it came to that, and whether all of it adds up."""

from typing import Any

import typer

from activities import level
from cli.office import Office
from cli.output import Output, OutputOption, show
from models.amount import Amount
from models.transfer import Account

_SHOWN = (Account.PAID_IN, Account.AVAILABLE, Account.RESERVED, Account.COMMITTED, Account.ORDERED)
COLUMNS = ("id", "name", "cap", *_SHOWN, Account.DISBURSED, "used", "frozen")
_BAR = 20


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""
    funds = typer.Typer(no_args_is_help=True, help=__doc__)
    app.add_typer(funds, name="fund")

    @funds.command("show")
    def show_fund(output: OutputOption = Output.TABLE) -> None:
        """Every fund, sub-fund and sleeve with its balances, and how much of its cap is in use."""
        rows = office.read(level.balances)
        if output is Output.TABLE:
            rows = [_written(row) for row in rows]
        show(rows, COLUMNS, output)


def _written(row: dict[str, Any]) -> dict[str, Any]:
    """A level as people read it: amounts with their currency, its depth, its use as a bar."""
    depth = {"fund": "", "sub_fund": "· ", "sleeve": "· · " if row["parent"] != row["root"] else "· "}
    used = row["paid_in"] + row["returned"] - row["available"]
    share = used / row["cap"]
    filled = round(share * _BAR)
    bar = "█" * filled + "░" * (_BAR - filled)
    written = {name: money(row[name], row["currency"]) for name in (*Account, "cap")}
    return row | written | {"id": depth[row["level"]] + row["id"], "used": f"{bar} {share:.1%}"}


def money(minor: int, currency: str) -> str:
    """So many minor units, as an amount; nothing is ``0``."""
    return str(Amount(minor=minor, currency=currency)) if minor else "0"
