"""Acting approval: whoever was absent takes note of what was decided for them."""

from typing import Annotated

import typer

from cli.context import As, Context, DryRun
from models.case.acknowledgement import Acknowledgement


def acknowledge(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:review.report:12, from your inbox")],
    comment: str = "",
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Take note of a vote that your deputy cast while you were away."""
    message = Acknowledgement(gate=gate, actor=context.sender(as_), comment=comment)
    context.send("acknowledge", message, dry_run)
