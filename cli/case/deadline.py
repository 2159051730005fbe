"""Deadlines: more days for a gate, stopping its clock, letting it run again."""

from typing import Annotated

import typer

from cli.context import As, Context, DryRun
from models.case.deadline import Extension, Pause, Resume

Gate = Annotated[str, typer.Argument(help="e.g. KCN-2020-01:review:1")]
Reason = Annotated[str, typer.Option(help="why; it is on record")]


def extend(
    context: Context,
    gate: Gate,
    days: Annotated[int, typer.Option(min=1, max=250, help="working days")],
    reason: Reason,
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Ask for more working days; they are given when a second person asks for as many."""
    message = Extension(gate=gate, actor=context.sender(as_), working_days=days, reason=reason)
    context.send("extend", message, dry_run)


def pause(context: Context, gate: Gate, reason: Reason, as_: As = None, dry_run: DryRun = False) -> None:
    """Stop the clock of an open gate. Its panel may still decide."""
    context.send("pause", Pause(gate=gate, actor=context.sender(as_), reason=reason), dry_run)


def resume(context: Context, gate: Gate, reason: Reason, as_: As = None, dry_run: DryRun = False) -> None:
    """Let the clock of a gate run again; the days it stood still do not count."""
    context.send("resume", Resume(gate=gate, actor=context.sender(as_), reason=reason), dry_run)
