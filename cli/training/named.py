"""What commands about cohorts name: a cohort, an official, a reason, the gate that is open."""

from typing import Annotated

import typer

from activities.case.inbox import at_case
from cli.context import Context
from models.training.action import CohortGate

Reason = Annotated[str, typer.Option("--reason", help="why; it goes on record")]
Number = Annotated[str, typer.Argument(help="the number of the cohort, e.g. KST-2027-1")]
Nominee = Annotated[str, typer.Argument(help="the id of the official, as `accord cohort show` lists them")]


def open_gate(context: Context, number: str, kind: CohortGate) -> str:
    """The open gate of a kind. None is open: the gate there could be, and the case says why not."""
    context.case(number)
    gates = context.read(lambda connection: at_case(connection, number))
    mine = (gate["id"] for gate in gates if gate["kind"] == kind)
    return str(next(mine, f"{number}:training.{kind.replace(' ', '-')}:1"))
