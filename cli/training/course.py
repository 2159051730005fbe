"""The course of a cohort and what follows it: attendance, appeals, action plans, costs."""

from pathlib import Path
from typing import Annotated

import typer

from cli import arguments
from cli.context import As, Context
from cli.errors import CommandError, Exit
from cli.training.named import Nominee, Number, Reason, open_gate
from models.training.action import CohortGate
from models.training.course import ActionPlan, Appeal, ExPost, Finding, Mark, Revocation, Sheet, SheetsClosed
from models.training.enrolment import EnrolmentState
from models.training.order import Costs


def attend(
    context: Context,
    number: Number,
    day: Annotated[str, typer.Argument(help="a day of the course, e.g. 2027-03-01")],
    absent: Annotated[
        list[str] | None, typer.Option(help="the id of who was absent; may be repeated")
    ] = None,
    revision: Annotated[int, typer.Option(help="1 for the first correction of a day, and so on")] = 0,
    as_: As = None,
) -> None:
    """Hand in the attendance of one day: who was absent; everybody else was there."""
    context.case(number)
    of = arguments.day("DAY", day)
    assert of
    sheet = Sheet(
        case=number, actor=context.sender(as_), day=of, absent=tuple(absent or ()), revision=revision
    )
    context.send("hand_in_sheet", sheet)


def close_attendance(context: Context, number: Number, as_: As = None) -> None:
    """Say that no more attendance is to come: certificates follow."""
    gate = open_gate(context, number, CohortGate.ATTENDANCE)
    context.send("close_sheets", SheetsClosed(gate=gate, actor=context.sender(as_)))


def mark(
    context: Context,
    number: Number,
    nominee: Nominee,
    state: Annotated[str, typer.Argument(help="no_show or dropped")],
    reason: Reason,
    as_: As = None,
) -> None:
    """Say that somebody did not come, or left the course."""
    context.case(number)
    if state not in (EnrolmentState.NO_SHOW, EnrolmentState.DROPPED):
        raise CommandError(Exit.USAGE, f"{state[:30]!r} is no mark", "write no_show or dropped")
    fields = {"case": number, "actor": context.sender(as_), "nominee": nominee, "reason": reason}
    context.send("mark", Mark.model_validate({"as_": state, **fields}))


def appeal(
    context: Context,
    number: Number,
    nominee: Nominee,
    reason: Reason,
    waive: Annotated[bool, typer.Option("--waive", help="say that there will be no appeal")] = False,
    as_: As = None,
) -> None:
    """Appeal for a certificate that the attendance did not earn; a panel decides."""
    gate = open_gate(context, number, CohortGate.APPEALS)
    fields = {"gate": gate, "actor": context.sender(as_), "nominee": nominee, "reason": reason}
    context.send("appeal", Appeal(waived=waive, **fields))


def action_plan(
    context: Context,
    number: Number,
    nominee: Nominee,
    document: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    as_: As = None,
) -> None:
    """File the action plan of an official; the document is kept."""
    gate = open_gate(context, number, CohortGate.ACTION_PLANS)
    actor = context.sender(as_)
    message = ActionPlan(gate=gate, actor=actor, nominee=nominee, document=context.keep(document))
    context.send("file_plan", message)


def check(
    context: Context,
    number: Number,
    nominee: Nominee,
    finding: Finding,
    note: str = "",
    as_: As = None,
) -> None:
    """Say what became of an action plan, months after the course."""
    gate = open_gate(context, number, CohortGate.EX_POST)
    fields = {"gate": gate, "actor": context.sender(as_), "nominee": nominee, "note": note}
    context.send("check_ex_post", ExPost(finding=finding, **fields))


def revoke(context: Context, number: Number, nominee: Nominee, reason: Reason, as_: As = None) -> None:
    """Take a certificate back; two coordinators say the same."""
    context.case(number)
    message = Revocation(case=number, actor=context.sender(as_), nominee=nominee, reason=reason)
    context.send("revoke_certificate", message)


def costs(
    context: Context,
    number: Number,
    amount: Annotated[str, typer.Argument(help="e.g. 120000000, in the currency of the budget")],
    account: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="what shows it; it is kept")],
    as_: As = None,
) -> None:
    """Settle what the course has cost; two coordinators say the same, and the rest is released."""
    case = context.case(number)
    minor = arguments.amount(amount, str(case["currency"])).minor
    message = Costs(case=number, actor=context.sender(as_), amount=minor, account=context.keep(account))
    context.send("settle_costs", message)
