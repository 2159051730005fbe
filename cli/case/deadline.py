"""Deadlines: more days for a gate, stopping its clock, letting it run again."""

from typing import Annotated

import typer

from cli.context import As, DryRun, Office
from models.case.deadline import Extension, Pause, Resume

Gate = Annotated[str, typer.Argument(help="e.g. KCN-2020-01:review:1")]
Reason = Annotated[str, typer.Option(help="why; it is on record")]


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command()
    def extend(
        gate: Gate,
        days: Annotated[int, typer.Option(min=1, max=250, help="working days")],
        reason: Reason,
        as_: As = None,
        dry_run: DryRun = False,
    ) -> None:
        """Ask for more working days; they are given when a second person asks for as many."""
        message = Extension(gate=gate, actor=office.sender(as_), working_days=days, reason=reason)
        office.send("extend", message, dry_run)

    @app.command()
    def pause(gate: Gate, reason: Reason, as_: As = None, dry_run: DryRun = False) -> None:
        """Stop the clock of an open gate. Its panel may still decide."""
        office.send("pause", Pause(gate=gate, actor=office.sender(as_), reason=reason), dry_run)

    @app.command()
    def resume(gate: Gate, reason: Reason, as_: As = None, dry_run: DryRun = False) -> None:
        """Let the clock of a gate run again; the days it stood still do not count."""
        office.send("resume", Resume(gate=gate, actor=office.sender(as_), reason=reason), dry_run)
