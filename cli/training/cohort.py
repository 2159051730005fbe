"""Cohorts: planned, looked at, carried by those who coordinate, teach and follow up."""

from pathlib import Path
from typing import Annotated

import typer

from activities.case.inbox import at_case
from cli import arguments
from cli.context import As, Context, DryRun
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, print_rows
from models.training.action import CohortGate
from models.training.cohort import Replanning
from models.training.course import ActionPlan, Appeal, ExPost, Finding, Mark, Revocation, Sheet, SheetsClosed
from models.training.enrolment import EnrolmentState
from models.training.nomination import (
    Ranking,
    RemoteSeat,
    Response,
    SeatResponse,
    Unsuitable,
    Visa,
    VisaDecision,
)
from models.training.order import Change, CohortOrder, Costs
from services.training import cohorts
from services.training.cohorts import CohortService

MAX_TOML = 64_000
COLUMNS = ("nominee", "name", "latin", "country", "state", "rank", "remote", "certificate", "reason")

Reason = Annotated[str, typer.Option("--reason", help="why; it goes on record")]
Number = Annotated[str, typer.Argument(help="the number of the cohort, e.g. KST-2027-1")]
Nominee = Annotated[str, typer.Argument(help="the id of the official, as `accord cohort show` lists them")]


def plan(
    context: Context,
    file: Annotated[Path, typer.Argument(help="a TOML file with the plan; see docs/training.md")],
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Start a cohort from a plan. The same number twice starts one cohort."""
    planned = cohorts.read_plan(
        file.name, context.installation.files.toml(file, MAX_TOML), context.actor(as_)
    )
    if dry_run:
        checks = context.installation.checks()
        CohortService(checks).check(planned)
        exists = checks.exists(planned.case)
        typer.echo(f"{planned.case}: {'exists already' if exists else 'would start'}.")
        return
    started = context.ask(lambda cases: CohortService(cases).start(planned))
    typer.echo(f"{planned.case}: {'started' if started else 'exists already; nothing was started'}.")


def replan(context: Context, number: Number, file: Path, as_: As = None) -> None:
    """Answer a return with a revised plan."""
    actor = context.sender(as_)
    values = context.installation.files.toml(file, MAX_TOML)
    planned = cohorts.read_plan(file.name, values, str(values.get("planner", actor)))
    gate = _gate(context, number, CohortGate.REVISION)
    context.send("replan", Replanning(gate=gate, actor=actor, plan=planned))


def show(context: Context, number: Number, as_: As = None, output: OutputOption = Output.TABLE) -> None:
    """Show the officials of a cohort: to each country its own, to the programme's staff all."""
    actor = context.actor(as_)
    rows = context.read(lambda connection: cohorts.officials(connection, number, actor))
    print_rows(rows, COLUMNS, output)


def rank(
    context: Context,
    number: Number,
    ranked: Annotated[list[str], typer.Argument(help="ids of officials, the best first")],
    unsuitable: Annotated[list[str] | None, typer.Option(help="ID=REASON, may be repeated")] = None,
    as_: As = None,
) -> None:
    """Rank the nominees: all with complete documents, once. The panel decides on the ranking."""
    apart = [one.partition("=")[::2] for one in unsuitable or ()]
    message = Ranking(
        gate=_gate(context, number, CohortGate.RANKING),
        actor=context.sender(as_),
        ranked=tuple(ranked),
        unsuitable=tuple(Unsuitable(nominee=nominee, reason=reason) for nominee, reason in apart),
    )
    context.send("rank", message)


def confirm(context: Context, number: Number, nominee: Nominee, as_: As = None) -> None:
    """Take the seat that an official was given."""
    _respond(context, number, nominee, Response.CONFIRM, "", as_)


def decline(context: Context, number: Number, nominee: Nominee, reason: Reason = "", as_: As = None) -> None:
    """Decline the seat that an official was given; the next one gets it."""
    _respond(context, number, nominee, Response.DECLINE, reason, as_)


def _respond(
    context: Context, number: str, nominee: str, response: Response, reason: str, as_: str | None
) -> None:
    actor = context.sender(as_)
    rows = context.read(lambda connection: cohorts.officials(connection, number, actor))
    round_ = next((row["round"] for row in rows if row["nominee"] == nominee), 1)
    gate = f"{number}:training.{CohortGate.CONFIRMATION}:{max(round_, 1)}"
    fields = {"gate": gate, "actor": actor, "nominee": nominee, "reason": reason}
    context.send("respond", SeatResponse(response=response, **fields))


def visa(
    context: Context,
    number: Number,
    nominee: Nominee,
    decision: VisaDecision,
    reason: Reason = "",
    as_: As = None,
) -> None:
    """Say what became of the visa of a participant."""
    context.case(number)
    actor = context.sender(as_)
    message = Visa(case=number, actor=actor, nominee=nominee, decision=decision, reason=reason)
    context.send("decide_visa", message)


def remote(context: Context, number: Number, nominee: Nominee, reason: Reason = "", as_: As = None) -> None:
    """Let a participant who cannot travel take part remotely."""
    context.case(number)
    message = RemoteSeat(case=number, actor=context.sender(as_), nominee=nominee, reason=reason)
    context.send("take_part_remotely", message)


def order(
    context: Context,
    number: Number,
    change: Change,
    reason: Reason,
    starts: Annotated[str | None, typer.Option(help="the new first day, e.g. 2027-03-01")] = None,
    ends: str | None = None,
    into: Annotated[str | None, typer.Option(help="the cohort that the nominees go to")] = None,
    spent: Annotated[int | None, typer.Option(help="what travel has cost already, in minor units")] = None,
    as_: As = None,
) -> None:
    """Postpone a cohort, hold it remotely or as it is, merge or cancel it. It takes two people."""
    context.case(number)
    days = {"starts": arguments.day("--starts", starts), "ends": arguments.day("--ends", ends)}
    fields = {"case": number, "actor": context.sender(as_), "into": into, "spent": spent, "reason": reason}
    context.send("order", CohortOrder.model_validate({"change": change, **days, **fields}))


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
    gate = _gate(context, number, CohortGate.ATTENDANCE)
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
    gate = _gate(context, number, CohortGate.APPEALS)
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
    gate = _gate(context, number, CohortGate.ACTION_PLANS)
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
    gate = _gate(context, number, CohortGate.EX_POST)
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


def _gate(context: Context, number: str, kind: CohortGate) -> str:
    """The open gate of a kind. None is open: the gate there could be, and the case says why not."""
    context.case(number)
    gates = context.read(lambda connection: at_case(connection, number))
    mine = (gate["id"] for gate in gates if gate["kind"] == kind)
    return str(next(mine, f"{number}:training.{kind.replace(' ', '-')}:1"))
