"""The signatory of a party is replaced while a text is being signed: two people say so."""

from typing import Annotated

import typer

from cli.context import As, Context, DryRun
from models.agreement.replacement import Replacement, ReplacementWithdrawal
from services.agreement import authority

Gate = Annotated[str, typer.Argument(help="e.g. KCN-2020-01:agreement.signing:1")]
Old = Annotated[str, typer.Argument(help="the signatory whom the text names, by id in the directory")]


def replace(
    context: Context,
    gate: Gate,
    old: Old,
    new: Annotated[str, typer.Argument(help="who signs for the same party, by id in the directory")],
    reason: Annotated[str, typer.Option(help="why; it is on record, and both are told")],
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Let another one sign for a party: a coordinator asks, a second one confirms in the same words.

    Who confirms is another coordinator, or somebody of the party; nobody names themselves. What others have
    signed stays signed, and the deadline stays what it was.
    """
    actor = context.sender(as_)
    times = context.read(lambda connection: authority.times_named(connection, gate, old))
    said = Replacement(gate=gate, actor=actor, old=old, new=new, times=times, reason=reason)
    context.send("replace_signatory", said, dry_run)


def withdraw(
    context: Context,
    gate: Gate,
    old: Old,
    reason: Annotated[str, typer.Option(help="why; it is on record")] = "",
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Have a replacement wait no more, as who asked for it or a coordinator: the signatory stays."""
    said = ReplacementWithdrawal(gate=gate, actor=context.sender(as_), old=old, reason=reason)
    context.send("withdraw_replacement", said, dry_run)
