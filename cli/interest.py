"""Interest: what somebody declares before they look at a case."""

from typing import Annotated

import typer

from cli.office import As, Office
from models.interest import Conflict, Declaration


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command()
    def declare(
        case: Annotated[str, typer.Argument(help="the number of the case, e.g. KCN-2020-01")],
        conflict: Annotated[Conflict, typer.Argument(help="soft is disclosed, hard bars you from voting")],
        note: Annotated[str, typer.Option(help="what the interest is; soft and hard need one")] = "",
        as_: As = None,
    ) -> None:
        """Declare your interest in a case, or that you have none."""
        office.case(case)
        message = Declaration(case=case, actor=office.sender(as_), conflict=conflict, note=note)
        office.send("declare", message)
