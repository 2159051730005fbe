"""Acting approval: whoever was absent takes note of what was decided for them."""

from typing import Annotated

import typer

from cli.context import As, DryRun, Office
from models.case.acknowledgement import Acknowledgement


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command()
    def acknowledge(
        gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:review.report:12, from your inbox")],
        comment: str = "",
        as_: As = None,
        dry_run: DryRun = False,
    ) -> None:
        """Take note of a vote that your deputy cast while you were away."""
        message = Acknowledgement(gate=gate, actor=office.sender(as_), comment=comment)
        office.send("acknowledge", message, dry_run)
