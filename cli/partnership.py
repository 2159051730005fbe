"""Coordinators: propose, import, list, show, withdraw, resubmit, fulfil."""

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer

from activities import fund, partnership, record
from cli.exits import CommandError, Exit
from cli.office import As, DryRun, Office
from cli.output import Output, OutputOption, console, show
from models.fund import Amount
from models.partnership import (
    Area,
    Fulfilment,
    Proposal,
    Resubmission,
    Stage,
    Status,
    StudyKind,
    Withdrawal,
)
from models.record import GateKind
from models.rule import Rule
from runtime import intake
from runtime.desk import Refused

COLUMNS = ("case", "city", "country", "area", "stage", "status", "decisions", "updated_at", "title")


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command()
    def propose(
        case: Annotated[str | None, typer.Argument(help="the number of the case, e.g. HUE-2026")] = None,
        file: Annotated[Path | None, typer.Option(help="a TOML file with the proposal")] = None,
        title: str = "",
        country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-2, e.g. VN")] = "",
        city: str | None = None,
        area: Area | None = None,
        applicant: str = "",
        study: StudyKind = StudyKind.MASTER_PLAN,
        amount: Annotated[str, typer.Option(help="e.g. 300000000")] = "0",
        currency: str = "KRW",
        summary: str = "",
        programme: str = "k-city-2020",
        as_: As = None,
        dry_run: DryRun = False,
    ) -> None:
        """Start a partnership from flags or a TOML file. The same proposal twice starts one case."""
        proposer = office.actor(as_)
        if file:
            proposal = intake.read_toml(file, proposer)
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
                requested=_amount(amount, currency),
                summary=summary,
                proposer=proposer,
            )
        _propose(office, proposal, dry_run)

    @app.command("import")
    def import_(
        file: Annotated[Path, typer.Argument(help="a CSV file, UTF-8")],
        programme: str = "k-city-2020",
        as_: As = None,
        start: Annotated[
            bool, typer.Option("--start", help="start the cases; without it, a dry run")
        ] = False,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """Check a file of proposals, row by row, and with --start start what does not exist yet."""
        _import(office, file, programme, office.actor(as_), start, output)

    @app.command("list")
    def list_(
        stage: Stage | None = None,
        status: Status | None = None,
        country: str | None = None,
        programme: str | None = None,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """List the cases and where they stand."""
        rows = office.read(
            lambda c: partnership.listing(c, stage=stage, status=status, country=country, programme=programme)
        )
        show(rows, COLUMNS, output)

    @app.command("show")
    def show_(case: str, output: OutputOption = Output.TABLE) -> None:
        """Show one case: where it stands, what it waits for, its money."""
        _show(office, case, output)

    @app.command()
    def withdraw(case: str, reason: Annotated[str, typer.Option()], as_: As = None) -> None:
        """Withdraw a case, at any stage. What it holds is given back, everybody is told."""
        office.case(case)
        office.send("withdraw", Withdrawal(case=case, actor=office.actor(as_), reason=reason))

    @app.command()
    def resubmit(
        case: str,
        file: Annotated[Path | None, typer.Option(help="TOML file with the revised proposal")] = None,
        summary: str | None = None,
        amount: str | None = None,
        as_: As = None,
    ) -> None:
        """Answer a return with a revised proposal: from a file, or with what changed as flags."""
        actor, old = office.actor(as_), Proposal.model_validate_json(str(office.case(case)["proposal"]))
        changes: dict[str, Any] = {"summary": summary} if summary is not None else {}
        if amount is not None:
            changes["requested"] = _amount(amount, old.requested.currency)
        new = intake.read_toml(file, old.proposer) if file else old.model_copy(update=changes)
        message = Resubmission(gate=_open_gate(office, case, GateKind.REVISION), actor=actor, proposal=new)
        office.send("resubmit", message)

    @app.command()
    def fulfil(
        case: str,
        condition: Annotated[str, typer.Argument(help="the condition, in the words of the study")],
        evidence: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
        as_: As = None,
    ) -> None:
        """Hand in the evidence that a condition of the study is met."""
        digest = hashlib.sha256(evidence.read_bytes()).hexdigest()
        gate = _open_gate(office, case, GateKind.CONDITIONS)
        office.send(
            "fulfil", Fulfilment(gate=gate, actor=office.actor(as_), condition=condition, evidence=digest)
        )


def _amount(text: str, currency: str) -> Amount:
    try:
        return Amount.parse(text, currency)
    except ValueError as error:
        raise CommandError(Exit.INVALID, f"amount: {error}", "write digits, e.g. 300000000") from error


def _propose(office: Office, proposal: Proposal, dry_run: bool) -> None:
    if dry_run:
        office.ask_nobody().check(proposal)
        exists = office.ask_nobody().exists(proposal.case)
        typer.echo(f"{proposal.case}: {'exists already' if exists else 'would start'}.")
        return
    started = office.ask(lambda desk: desk.propose(proposal))
    typer.echo(f"{proposal.case}: {'started' if started else 'exists already; nothing was started'}.")


def _import(office: Office, file: Path, programme: str, proposer: str, start: bool, output: Output) -> None:
    desk = office.ask_nobody()
    read = intake.read_csv(file, proposer, desk.programme(programme))
    existing = {proposal.case for _, proposal in read.rows if desk.exists(proposal.case)}
    new = [(row, proposal) for row, proposal in read.rows if proposal.case not in existing]
    for _, proposal in new[:1]:
        desk.check(proposal)
    started = office.ask(lambda live: _start_all(live, new)) if start and new else 0
    results = [
        {"row": p.row, "column": p.column, "what": "wrong", "value": p.value, "why": p.reason}
        for p in read.problems
    ]
    results += [
        {"row": row, "column": "case", "what": "exists", "value": p.case, "why": ""}
        for row, p in read.rows
        if p.case in existing
    ]
    verb = "started" if start else "would start"
    results += [{"row": row, "column": "", "what": verb, "value": p.case, "why": p.title} for row, p in new]
    show(sorted(results, key=lambda r: int(r["row"])), ("row", "column", "what", "value", "why"), output)
    typer.echo(
        f"{verb} {started if start else len(new)}, existed {len(existing)}, wrong {len(read.problems)}",
        err=True,
    )
    if read.problems:
        raise typer.Exit(Exit.PARTIAL if new or existing else Exit.INVALID)


async def _start_all(desk: Any, rows: list[tuple[int, Proposal]]) -> int:
    return sum([await desk.propose(proposal) for _, proposal in rows])


def _open_gate(office: Office, case: str, kind: GateKind) -> str:
    """The open gate of this kind; where none is open, the case itself will say so, on record."""
    office.case(case)
    gates = office.read(record.inbox)
    found = next((g["id"] for g in gates if g["case"] == case and g["kind"] == kind), None)
    if found is None:
        raise Refused(Rule.STAGE_OVER, f"({case} is not waiting for this)")
    return str(found)


def _show(office: Office, case: str, output: Output) -> None:
    found = office.case(case)
    gates = [g for g in office.read(record.inbox) if g["case"] == case]
    money = office.read(fund.by_case).get(case, {})
    if output is not Output.TABLE:
        show([found | {"money": money, "waiting_for": [g["id"] for g in gates]}], list(found), output)
        return
    requested = Amount(minor=int(str(found["requested"])), currency=str(found["currency"]))
    facts = [(name, found[name]) for name in ("title", "country", "city", "area", "applicant", "proposer")]
    facts += [("stage", f"{found['stage']}/{found['status']}"), ("requested", requested)]
    facts += [
        (name, f"{value:,} {found['currency']} (minor units)")
        for name, value in money.items()
        if name != "available"
    ]
    facts += [("waiting for", f"{g['question']} — {g['id']}, due {g['due_at']:%Y-%m-%d}") for g in gates]
    console.print(f"[bold]{case}[/bold]")
    show([{"what": name, "is": value} for name, value in facts], ("what", "is"), output)
