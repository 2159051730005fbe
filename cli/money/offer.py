"""Offers: money that a case waited for."""

from enum import StrEnum
from typing import Annotated

import typer

from cli.context import As, Context, DryRun
from models.money.offer import OfferAnswer


class Reply(StrEnum):
    """What a coordinator says to an offer."""

    ACCEPT = "accept"
    DECLINE = "decline"


def offer(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:funding.offer:1, from your inbox")],
    reply: Annotated[Reply, typer.Argument()],
    reason: Annotated[str, typer.Option(help="why it is declined")] = "",
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Take up money that came back, or decline it: then it goes to the next in the queue."""
    fields = {"gate": gate, "accept": reply is Reply.ACCEPT, "reason": reason}
    context.send("answer_offer", OfferAnswer(actor=context.sender(as_), **fields), dry_run)
