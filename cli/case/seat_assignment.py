"""Claims: take a seat or a piece of work on, give it back, pass it on."""

from typing import Annotated

import typer

from cli.context import As, Context, DryRun
from models.case.seat_assignment import Reassignment

GateArgument = Annotated[str, typer.Argument(help="e.g. KCN-2020-01:review:1")]
_OLD = "whose claim it is; left out: nobody's yet"


def claim(
    context: Context,
    gate: GateArgument,
    role: Annotated[str | None, typer.Option(help="the seat, where you could take several")] = None,
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Take a seat or a piece of work on: until you act, release it, or it is due, nobody else can."""
    actor = context.sender(as_)
    context.send("reassign", Reassignment(gate=gate, actor=actor, new=actor, role=role), dry_run)


def release(context: Context, gate: GateArgument, as_: As = None, dry_run: DryRun = False) -> None:
    """Give back what you have claimed."""
    actor = context.sender(as_)
    context.send("reassign", Reassignment(gate=gate, actor=actor, old=actor), dry_run)


def reassign(
    context: Context,
    gate: GateArgument,
    reason: Annotated[str, typer.Option(help="why; it is on record, and both are told")],
    from_: Annotated[str | None, typer.Option("--from", help=_OLD)] = None,
    to: Annotated[str | None, typer.Option(help="who takes it on; left out: it is free again")] = None,
    role: Annotated[str | None, typer.Option(help="the seat, where they could take several")] = None,
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Pass on what somebody has claimed; for coordinators."""
    fields = {"gate": gate, "old": from_, "new": to, "role": role, "reason": reason}
    context.send("reassign", Reassignment(actor=context.sender(as_), **fields), dry_run)
