"""Funds: what each level of them has, how it came to that, and whether all of it adds up."""

from typing import Annotated, Any

import typer

from activities.case import cases
from activities.money import book, level
from activities.money import ledger as journal
from cli.context import Context
from cli.errors import refusal
from cli.output import Output, OutputOption, print_rows
from cli.paging import AfterOption, LimitOption, Shown, print_page
from models.amount import Amount
from models.money.rule import MoneyRule
from models.money.transfer import Account

_SHOWN = (Account.PAID_IN, Account.AVAILABLE, Account.RESERVED, Account.COMMITTED, Account.ORDERED)
COLUMNS = ("id", "name", "cap", *_SHOWN, Account.DISBURSED, "used", "frozen")
LEDGER = ("record", "at", "case", "fund", "kind", "debit", "credit", "amount", "currency", "action", "actor")
KEY = "key"
"""Too wide for a table; a page is found by it."""
BALANCE = ("fund", "account", "debits", "credits", "balance", "side", "currency")
_BAR = 20

FundArgument = Annotated[str, typer.Argument(help="a fund, e.g. k-city")]


def show(context: Context, output: OutputOption = Output.TABLE) -> None:
    """Every fund, sub-fund and sleeve: its balances, how much of its cap is in use."""
    rows = context.read(level.balances)
    print_rows(map(_written, rows) if output is Output.TABLE else rows, COLUMNS, output)


def ledger(
    context: Context,
    of: Annotated[str | None, typer.Argument(help="a fund, a part of one, or a case")] = None,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """The journal: every transfer, and the entry on record that decided it (accord history)."""
    if of and context.read(lambda connection: cases.find(connection, of)) is None:
        known(context, of)
    columns = LEDGER if output is Output.TABLE else (*LEDGER, KEY)
    print_page(
        context,
        lambda connection, most, key: journal.listing(connection, of, most, key),
        KEY,
        limit,
        after,
        Shown(columns, output),
    )


def trial_balance(context: Context, output: OutputOption = Output.TABLE) -> None:
    """Debits and credits of every account, and the balance that is stored."""
    print_rows(context.read(book.trial_balance), BALANCE, output)


def forecast(context: Context, fund: FundArgument, output: OutputOption = Output.TABLE) -> None:
    """What is still to be paid, soonest first."""
    root = str(known(context, fund)["root"])
    rows = context.read(lambda connection: book.forecast(connection, root))
    print_rows(rows, ("expected", "case", "fund", "what", "amount"), output)


def known(context: Context, fund: str) -> level.LevelRow:
    """A fund, or a part of one, by its id."""
    found = next((row for row in context.read(level.balances) if row["id"] == fund), None)
    if found is None:
        raise refusal(MoneyRule.UNKNOWN_FUND, f"({fund[:60]})")
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
