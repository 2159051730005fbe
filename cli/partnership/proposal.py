"""Coordinators: propose one case, import many, revise what came back."""

from pathlib import Path
from typing import Annotated, Any

import typer

from activities.case.inbox import at_case
from activities.partnership import partnership
from cli import arguments
from cli.context import As, Context, DryRun
from cli.errors import CommandError, Exit, refusal
from cli.output import Output, OutputOption, print_rows, remark, tell
from models.case.rule import CaseRule
from models.partnership.action import PartnershipGate
from models.partnership.partnership import Area, Proposal, Resubmission, StudyKind
from services.case.cases import CaseService
from services.partnership import intake
from services.partnership.partnerships import PartnershipService

COLUMNS = ("row", "column", "what", "value", "why", "to_do")


def propose(
    context: Context,
    case: Annotated[str | None, typer.Argument(help="the number of the case, e.g. HUE-2026")] = None,
    file: Annotated[Path | None, typer.Option(help="a TOML file with the proposal")] = None,
    title: str = "",
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-2, e.g. VN")] = "",
    city: str | None = None,
    area: Area | None = None,
    applicant: str = "",
    study: StudyKind = StudyKind.MASTER_PLAN,
    amount: Annotated[str, typer.Option(help="e.g. 300000000")] = "",
    currency: Annotated[str, typer.Option(help="ISO 4217, e.g. KRW")] = "KRW",
    summary: str = "",
    programme: str = "k-city-2020",
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Start a partnership from flags or a TOML file. The same proposal twice starts one case."""
    proposer = context.actor(as_)
    if file:
        proposal = _from_file(context, file, proposer, case)
    else:
        proposal = Proposal(
            case=case or "",
            programme=programme,
            title=title,
            country=country,
            city=city,
            area=area,
            applicant=applicant,
            study=study,
            requested=arguments.amount(amount, currency),
            summary=summary,
            proposer=proposer,
        )
    _propose(context, proposal, dry_run)


def import_(
    context: Context,
    file: Annotated[Path, typer.Argument(help="a CSV file, UTF-8")],
    programme: str = "k-city-2020",
    as_: As = None,
    start: Annotated[bool, typer.Option("--start", help="start the cases; without it, a dry run")] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Check a file of proposals, row by row, and with --start start what does not exist yet."""
    proposer, cases = context.actor(as_), context.installation.checks()
    partnerships = PartnershipService(cases)
    terms = partnerships.programme(programme)
    rows_of = intake.read_rows(context.installation.files.sheet(file, intake.COLUMNS), proposer, terms)
    read = partnerships.of_known_applicants(rows_of)
    there = {proposal.case for proposal in read.proposals if cases.exists(proposal.case)}
    new = [proposal for proposal in read.proposals if proposal.case not in there]
    for proposal in new[:1]:
        partnerships.check(proposal)
    if start and new:
        there |= context.ask(lambda cases: _start(cases, new))
    verb = "started" if start else "would start"
    rows = [_taken(row, proposal, verb, proposal.case in there) for row, proposal in read.rows]
    rows += [_wrong(problem) for problem in read.problems]
    print_rows(sorted(rows, key=lambda row: int(str(row["row"]))), COLUMNS, output)
    wrong = len({problem.row for problem in read.problems})
    began = len(read.rows) - len(there)
    remark(f"rows: {verb} {began}, existed {len(there)}, wrong {wrong}")
    if wrong:
        raise typer.Exit(Exit.PARTIAL if read.rows else Exit.INVALID)


def resubmit(
    context: Context,
    case: str,
    file: Annotated[Path | None, typer.Option(help="TOML file with the revised proposal")] = None,
    summary: str | None = None,
    amount: str | None = None,
    as_: As = None,
) -> None:
    """Answer a return with a revised proposal: from a file, or with what changed as flags."""
    actor, row = context.sender(as_), context.read(lambda connection: partnership.find(connection, case))
    if row is None:
        raise refusal(CaseRule.UNKNOWN_CASE, f"({case})")
    old = Proposal.model_validate_json(row["proposal"])
    changes: dict[str, Any] = {"summary": summary} if summary is not None else {}
    if amount is not None:
        changes["requested"] = arguments.amount(amount, old.requested.currency)
    new = _read(context, file, old.proposer) if file else old
    new = Proposal.model_validate(new.model_dump() | changes)
    gate = _revision(context, case, row["stage"])
    context.send("resubmit", Resubmission(gate=gate, actor=actor, proposal=new))


def _read(context: Context, file: Path, proposer: str) -> Proposal:
    values = context.installation.files.toml(file, intake.MAX_TOML)
    return intake.read_proposal(file.name, values, proposer)


def _from_file(context: Context, file: Path, proposer: str, case: str | None) -> Proposal:
    proposal = _read(context, file, proposer)
    if case not in (None, proposal.case):
        raise CommandError(
            Exit.USAGE, f"{file.name} is the proposal for {proposal.case}, not {case}", "leave the number out"
        )
    return proposal


def _propose(context: Context, proposal: Proposal, dry_run: bool) -> None:
    if dry_run:
        cases = context.installation.checks()
        PartnershipService(cases).check(proposal)
        exists = cases.exists(proposal.case)
        tell(f"{proposal.case}: {'exists already' if exists else 'would start'}.")
        return
    started = context.ask(lambda cases: PartnershipService(cases).propose(proposal))
    tell(f"{proposal.case}: {'started' if started else 'exists already; nothing was started'}.")


async def _start(cases: CaseService, proposals: list[Proposal]) -> set[str]:
    """Start them, and say which of them somebody else had started meanwhile."""
    partnerships = PartnershipService(cases)
    return {proposal.case for proposal in proposals if not await partnerships.propose(proposal)}


def _taken(row: int, proposal: Proposal, verb: str, exists: bool) -> dict[str, object]:
    what = {"column": "case", "what": "exists"} if exists else {"column": "", "what": verb}
    return {"row": row, "value": proposal.case, "why": proposal.title, "to_do": "", **what}


def _wrong(problem: intake.Problem) -> dict[str, object]:
    found = {"row": problem.row, "column": problem.column, "what": "wrong", "value": problem.value}
    return found | {"why": problem.reason, "to_do": problem.hint}


def _revision(context: Context, case: str, stage: str) -> str:
    """The open gate for a revision. None is open: the gate there could be, and the case says why not."""
    gates = context.read(lambda connection: at_case(connection, case))
    mine = (gate["id"] for gate in gates if gate["kind"] == PartnershipGate.REVISION)
    return str(next(mine, f"{case}:{stage}.revision:1"))
