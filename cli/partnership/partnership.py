"""Coordinators: list, show, withdraw, and meet the conditions of a study."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from activities.case.inbox import waiting
from activities.money import book as journal
from activities.partnership import partnership
from cli import arguments as given
from cli.context import As, Office
from cli.output import Output, OutputOption, console, show
from models.amount import Amount
from models.case.record import GateKind
from models.partnership.partnership import Fulfilment, Stage, Status, Withdrawal

COLUMNS = ("case", "city", "country", "area", "stage", "status", "decisions", "updated_at", "title")


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command("list")
    def list_(
        stage: Stage | None = None,
        status: Status | None = None,
        country: str | None = None,
        programme: str | None = None,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """List the cases and where they stand."""
        wish = {"stage": stage, "status": status, "country": given.country(country), "programme": programme}
        show(office.read(lambda c: partnership.listing(c, **wish)), COLUMNS, output)

    @app.command("show")
    def show_(case: str, output: OutputOption = Output.TABLE) -> None:
        """Show one case: where it stands, what it waits for, its money."""
        _show(office, case, output)

    @app.command()
    def withdraw(case: str, reason: Annotated[str, typer.Option()], as_: As = None) -> None:
        """Withdraw a case, at any stage. What it holds is given back, everybody is told."""
        office.case(case)
        office.send("withdraw", Withdrawal(case=case, actor=office.sender(as_), reason=reason))

    @app.command()
    def fulfil(
        case: str,
        condition: Annotated[str, typer.Argument(help="the condition, in the words of the study")],
        evidence: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
        as_: As = None,
    ) -> None:
        """Hand in the evidence that a condition of the study is met; the document is kept."""
        office.case(case)
        actor, gate = office.sender(as_), _conditions(office, case)
        message = Fulfilment(gate=gate, actor=actor, condition=condition, evidence=office.keep(evidence))
        office.send("fulfil", message)


def _conditions(office: Office, case: str) -> str:
    """The open gate for conditions. None is open: the gate there could be, and the case says why not."""
    mine = (g["id"] for g in office.read(waiting) if g["case"] == case and g["kind"] == GateKind.CONDITIONS)
    return str(next(mine, f"{case}:launch.conditions:1"))


def _show(office: Office, case: str, output: Output) -> None:
    found = office.case(case)
    gates = [g for g in office.read(waiting) if g["case"] == case]
    money = {
        name: value
        for name, value in office.read(lambda c: journal.of_case(c, case)).items()
        if name != "available" and value
    }
    if output is not Output.TABLE:
        row = found | {"money": money, "waiting_for": [g["id"] for g in gates]}
        row["proposal"] = json.loads(str(found["proposal"]))
        show([row], list(row), output)
        return
    currency = str(found["currency"])
    requested = Amount(minor=int(str(found["requested"])), currency=currency)
    facts = [(name, found[name]) for name in ("title", "country", "city", "area", "applicant", "proposer")]
    facts += [("stage", f"{found['stage']}/{found['status']}"), ("requested", requested)]
    facts += [(name, Amount(minor=value, currency=currency)) for name, value in money.items()]
    facts += [("waiting for", _waiting_for(gate)) for gate in gates]
    console.print(case, style="bold", markup=False)
    show([{"what": name, "is": value} for name, value in facts], ("what", "is"), output)


def _waiting_for(gate: dict[str, Any]) -> str:
    late = ", overdue" if gate["due_at"] < datetime.now(UTC) else ""
    return f"{gate['question']} — {gate['id']}, due {gate['due_at']:%Y-%m-%d}{late}"
