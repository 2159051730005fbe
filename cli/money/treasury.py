"""Acts on a fund: freeze it, let it go on, call capital, claim money back, move it, exchange it."""

from typing import Annotated

import typer

from cli import arguments
from cli.context import As, Context
from cli.money.fund import known
from cli.output import tell
from models.money.rate import Rate
from models.money.treasury import FundAct, FundOrder
from services.money.treasury import Treasury

LevelArgument = Annotated[str, typer.Argument(help="a fund, a sub-fund or a sleeve")]
Reason = Annotated[str, typer.Option(help="why; it is on record")]
Money = Annotated[FundAct, typer.Argument(help="call, receive, default; claim, repay, write-off; reallocate")]
_OF = "the investor; or the payment, e.g. KCN-2020-01:study.final; or the level that is given to"


def freeze(context: Context, level: LevelArgument, reason: Reason, as_: As = None) -> None:
    """Stop reservations and payments. One manager of the fund is enough."""
    _order(context, FundOrder(act=FundAct.FREEZE, level=level, actor=context.sender(as_), reason=reason))


def thaw(context: Context, level: LevelArgument, reason: Reason, as_: As = None) -> None:
    """Let a frozen fund go on; two managers must say so. Who waited for money is served."""
    _order(context, FundOrder(act=FundAct.THAW, level=level, actor=context.sender(as_), reason=reason))


def move(
    context: Context,
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
    sum_ = arguments.amount(amount, known(context, level)["currency"])
    fields = {"act": act, "level": level, "of": of, "amount": sum_.minor, "reason": reason}
    _order(context, FundOrder(actor=context.sender(as_), **fields))


def exchange(
    context: Context,
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
    pair = [known(context, name)["currency"] for name in (level, to)]
    fields = {"base": pair[0], "quote": pair[1], "rate": rate, "source": source}
    at = Rate(day=arguments.day("--day", day) or "", **fields)
    sold = arguments.amount(amount, pair[0]).minor
    order = {"act": FundAct.EXCHANGE, "level": level, "of": to, "amount": sold, "rate": at}
    _order(context, FundOrder(actor=context.sender(as_), reason=reason, **order))


def _order(context: Context, order: FundOrder) -> None:
    done = Treasury(context.database, context.belief).order(order)
    became = "done" if done.carried_out else "noted; a second person must say the same"
    tell(f"{order.act} {order.level}: {became} (record {done.seq}).")
