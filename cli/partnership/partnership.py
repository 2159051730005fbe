"""Coordinators: list partnerships, withdraw one, and meet the conditions of its study."""

from pathlib import Path
from typing import Annotated

import typer

from activities.case.inbox import at_case
from activities.partnership import partnership
from cli import arguments
from cli.context import As, Context
from cli.output import Output, OutputOption
from cli.paging import AfterOption, LimitOption, Shown, print_page
from models.partnership.action import PartnershipGate
from models.partnership.partnership import Fulfilment, Stage, Status, Withdrawal

COLUMNS = ("case", "city", "country", "area", "stage", "status", "decisions", "updated_at", "title")


def list_(
    context: Context,
    stage: Stage | None = None,
    status: Status | None = None,
    country: str | None = None,
    programme: str | None = None,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List the cases and where they stand."""
    host = arguments.country(country)
    print_page(
        context,
        lambda connection, most, case: partnership.listing(
            connection, most, case, stage=stage, status=status, country=host, programme=programme
        ),
        "case",
        limit,
        after,
        Shown(COLUMNS, output),
    )


def withdraw(context: Context, case: str, reason: Annotated[str, typer.Option()], as_: As = None) -> None:
    """Withdraw a case, at any stage. What it holds is given back, everybody is told."""
    context.case(case)
    context.send("withdraw", Withdrawal(case=case, actor=context.sender(as_), reason=reason))


def fulfil(
    context: Context,
    case: str,
    condition: Annotated[str, typer.Argument(help="the condition, in the words of the study")],
    evidence: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    as_: As = None,
) -> None:
    """Hand in the evidence that a condition of the study is met; the document is kept."""
    context.case(case)
    actor, gate = context.sender(as_), _conditions(context, case)
    message = Fulfilment(gate=gate, actor=actor, condition=condition, evidence=context.keep(evidence))
    context.send("fulfil", message)


def _conditions(context: Context, case: str) -> str:
    """The open gate for conditions. None is open: the gate there could be, and the case says why not."""
    gates = context.read(lambda connection: at_case(connection, case))
    mine = (gate["id"] for gate in gates if gate["kind"] == PartnershipGate.CONDITIONS)
    return str(next(mine, f"{case}:launch.conditions:1"))
