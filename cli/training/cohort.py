"""Cohorts until the course begins: planned, looked at, seated; ordered otherwise."""

from pathlib import Path
from typing import Annotated

import typer

from cli import arguments
from cli.context import As, Context, DryRun
from cli.output import Output, OutputOption, print_rows, tell
from cli.training.named import Nominee, Number, Reason, open_gate
from models.training.action import CohortGate
from models.training.cohort import Replanning
from models.training.nomination import (
    Ranking,
    RemoteSeat,
    Response,
    SeatResponse,
    Unsuitable,
    Visa,
    VisaDecision,
)
from models.training.order import Change, CohortOrder
from services.training import cohorts
from services.training.cohorts import CohortService

MAX_TOML = 64_000
COLUMNS = ("nominee", "name", "latin", "country", "state", "rank", "remote", "certificate", "reason")


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
        tell(f"{planned.case}: {'exists already' if exists else 'would start'}.")
        return
    started = context.ask(lambda cases: CohortService(cases).start(planned))
    tell(f"{planned.case}: {'started' if started else 'exists already; nothing was started'}.")


def replan(context: Context, number: Number, file: Path, as_: As = None) -> None:
    """Answer a return with a revised plan."""
    actor = context.sender(as_)
    values = context.installation.files.toml(file, MAX_TOML)
    planned = cohorts.read_plan(file.name, values, str(values.get("planner", actor)))
    gate = open_gate(context, number, CohortGate.REVISION)
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
        gate=open_gate(context, number, CohortGate.RANKING),
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
    spent: Annotated[
        str | None, typer.Option(help="what has been spent already, in the currency of the budget")
    ] = None,
    as_: As = None,
) -> None:
    """Postpone a cohort, hold it remotely or as it is, merge or cancel it. It takes two people."""
    case = context.case(number)
    minor = arguments.amount(spent, str(case["currency"])).minor if spent else None
    days = {"starts": arguments.day("--starts", starts), "ends": arguments.day("--ends", ends)}
    fields = {"case": number, "actor": context.sender(as_), "into": into, "spent": minor, "reason": reason}
    context.send("order", CohortOrder.model_validate({"change": change, **days, **fields}))
