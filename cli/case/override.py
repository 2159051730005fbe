"""Overriding a panel: two people, with a reason."""

from typing import Annotated

import typer

from cli.context import As, Context, DryRun
from models.case.override import Override
from models.case.panel import Choice, Outcome

_OUTCOMES = {Choice.APPROVE: Outcome.APPROVED, Choice.REJECT: Outcome.REJECTED}


def override(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:review:1")],
    verdict: Annotated[Choice, typer.Argument(help="approve or reject")],
    reason: Annotated[str, typer.Option(help="why; it is on record")],
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Put an outcome in the place of the panel's, where the programme lets two people do that."""
    if verdict not in _OUTCOMES:
        raise typer.BadParameter("a panel is overridden with approve or reject", param_hint="VERDICT")
    read = context.gate(gate)["content_hash"]
    outcome, actor = _OUTCOMES[verdict], context.sender(as_)
    message = Override(gate=gate, actor=actor, outcome=outcome, content_hash=read, reason=reason)
    context.send("override", message, dry_run)
