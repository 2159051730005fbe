"""Acts on a fund: freeze it, let it go on, call capital, claim money back, move it, exchange it."""

from typing import Annotated

import typer

from cli import arguments as given
from cli.context import As, Office
from cli.money.fund import known
from models.money.rate import Rate
from models.money.treasury import FundAct, FundOrder
from services.money.treasury import Treasury

LevelArgument = Annotated[str, typer.Argument(help="a fund, a sub-fund or a sleeve")]
Reason = Annotated[str, typer.Option(help="why; it is on record")]
Money = Annotated[FundAct, typer.Argument(help="call, receive, default; claim, repay, write-off; reallocate")]
_OF = "the investor; or the payment, e.g. KCN-2020-01:study.final; or the level that is given to"


def register(funds: typer.Typer, office: Office) -> None:
    """Add the commands of this noun to those of funds."""

    @funds.command()
    def freeze(level: LevelArgument, reason: Reason, as_: As = None) -> None:
        """Stop reservations and payments. One manager of the fund is enough."""
        _order(office, FundOrder(act=FundAct.FREEZE, level=level, actor=office.sender(as_), reason=reason))

    @funds.command()
    def thaw(level: LevelArgument, reason: Reason, as_: As = None) -> None:
        """Let a frozen fund go on; two managers must say so. Who waited for money is served."""
        _order(office, FundOrder(act=FundAct.THAW, level=level, actor=office.sender(as_), reason=reason))

    @funds.command()
    def move(
        act: Money,
        level: LevelArgument,
        of: Annotated[str, typer.Option(help=_OF)],
        amount: Annotated[str, typer.Option(help="e.g. 1,500.50 or 300000000")],
        reason: Reason,
        as_: As = None,
    ) -> None:
        """Call capital, note what came of it, claim money back, move it to another part of a whole; two
        managers must say the same.
        """
        sum_ = given.amount(amount, known(office, level)["currency"])
        fields = {"act": act, "level": level, "of": of, "amount": sum_.minor, "reason": reason}
        _order(office, FundOrder(actor=office.sender(as_), **fields))

    @funds.command()
    def exchange(
        level: LevelArgument,
        to: Annotated[str, typer.Argument(help="the level that has the other currency")],
        amount: Annotated[str, typer.Option(help="what is sold, e.g. 300000000")],
        rate: Annotated[str, typer.Option(help="what one unit of it is in the other currency, e.g. 0.00072")],
        day: Annotated[str, typer.Option(help="the day of the rate")],
        source: Annotated[str, typer.Option(help="who says so, e.g. Bank of Korea")],
        reason: Reason,
        as_: As = None,
    ) -> None:
        """Sell money of one fund for another currency; two managers must say the same."""
        pair = [known(office, name)["currency"] for name in (level, to)]
        fields = {"base": pair[0], "quote": pair[1], "rate": rate, "source": source}
        at = Rate(day=given.day("--day", day) or "", **fields)
        sold = given.amount(amount, pair[0]).minor
        order = {"act": FundAct.EXCHANGE, "level": level, "of": to, "amount": sold, "rate": at}
        _order(office, FundOrder(actor=office.sender(as_), reason=reason, **order))


def _order(office: Office, order: FundOrder) -> None:
    done = Treasury(office.database, attested=office.principal() is not None).order(order)
    told = "done" if done.carried_out else "noted; a second person must say the same"
    typer.echo(f"{order.act} {order.level}: {told} (record {done.seq}).")
