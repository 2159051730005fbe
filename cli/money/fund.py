"""Funds: what each level of them has, how it came to that, and whether all of it adds up."""

from typing import Annotated, Any

import typer

from activities.money import book as journal
from activities.money import level, proof, waitlist
from cli.context import Office
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, show
from models.amount import Amount
from models.case.rule import Rule
from models.money.transfer import Account
from services.case.cases import Refused

_SHOWN = (Account.PAID_IN, Account.AVAILABLE, Account.RESERVED, Account.COMMITTED, Account.ORDERED)
COLUMNS = ("id", "name", "cap", *_SHOWN, Account.DISBURSED, "used", "frozen")
LEDGER = ("record", "at", "case", "fund", "kind", "debit", "credit", "amount", "currency", "action", "actor")
BALANCE = ("fund", "account", "debits", "credits", "balance", "side", "currency")
_BAR = 20

FundArgument = Annotated[str, typer.Argument(help="a fund, e.g. k-city")]


def register(app: typer.Typer, office: Office) -> typer.Typer:
    """Add the commands of this noun; others add theirs to the same group."""
    funds = typer.Typer(no_args_is_help=True, help=__doc__)
    app.add_typer(funds, name="fund")

    @funds.command("show")
    def show_fund(output: OutputOption = Output.TABLE) -> None:
        """Every fund, sub-fund and sleeve: its balances, how much of its cap is in use."""
        rows = office.read(level.balances)
        show([_written(row) for row in rows] if output is Output.TABLE else rows, COLUMNS, output)

    @funds.command()
    def ledger(
        of: Annotated[str | None, typer.Argument(help="a fund, a part of one, or a case")] = None,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """The journal: every transfer, and the entry on record that decided it (accord history)."""
        show(office.read(lambda c: journal.ledger(c, of)), LEDGER, output)

    @funds.command("trial-balance")
    def trial_balance(output: OutputOption = Output.TABLE) -> None:
        """Debits and credits of every account, and the balance that is stored."""
        show(office.read(journal.trial_balance), BALANCE, output)

    @funds.command("waitlist")
    def show_waitlist(output: OutputOption = Output.TABLE) -> None:
        """Who waits for money, in the order in which they are served."""
        columns = ("case", "fund", "amount", "currency", "rank", "state", "record")
        show(office.read(waitlist.listing), columns, output)

    @funds.command()
    def forecast(fund: FundArgument, output: OutputOption = Output.TABLE) -> None:
        """What is still to be paid, soonest first."""
        root = str(known(office, fund)["root"])
        rows = office.read(lambda c: journal.forecast(c, root))
        show(rows, ("expected", "case", "fund", "what", "amount"), output)

    @funds.command()
    def check(
        fund: Annotated[str | None, typer.Argument(help="a fund, or a part of one; left out: all")] = None,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """Prove the books: replay the journal from nothing, hold every transfer against its decision.

        It changes nothing; the nightly check freezes a fund whose books are wrong.
        """
        root = str(known(office, fund)["root"]) if fund else None
        found = office.read(lambda c: proof.check(c, root))
        rows = [one._asdict() for one in found]
        if output is not Output.TABLE or found:
            show(rows, ("fund", "claim", "detail", "records"), output)
        if found:
            raise CommandError(
                Exit.VERIFICATION, f"{len(found)} discrepancies", "accord history shows records"
            )
        if output is Output.TABLE:
            typer.echo("The books are right: every balance is what its journal says, every transfer decided.")

    return funds


def known(office: Office, fund: str) -> level.LevelRow:
    """A fund, or a part of one, by its id."""
    found = next((row for row in office.read(level.balances) if row["id"] == fund), None)
    if found is None:
        raise Refused(Rule.UNKNOWN_FUND, f"({fund[:60]})")
    return found


def _written(row: level.LevelRow) -> dict[str, Any]:
    """A level as people read it: amounts with their currency, its depth, its use as a bar."""
    nested = row["parent"] is not None and row["parent"] != row["root"]
    depth = "" if row["parent"] is None else "· · " if nested else "· "
    used = row["paid_in"] + row["returned"] + row["exchanged_in"] - row["available"]
    share = used / row["cap"]
    filled = round(share * _BAR)
    bar = "█" * filled + "░" * (_BAR - filled)
    written = {str(name): money(minor, row["currency"]) for name, minor in level.accounts(row).items()}
    written["cap"] = money(row["cap"], row["currency"])
    return {**row} | written | {"id": depth + row["id"], "used": f"{bar} {share:.1%}"}


def money(minor: int, currency: str) -> str:
    """So many minor units, as an amount; nothing is ``0``."""
    return str(Amount(minor=minor, currency=currency)) if minor else "0"
