"""Staff: the inbox and the decision."""

import json
from typing import Annotated, Any

import typer

from activities import gate as gates
from cli.office import As, DryRun, Office
from cli.output import Output, OutputOption, console, show
from models.approval import Decision
from models.panel import Verdict
from models.rule import Rule
from runtime.desk import Refused

COLUMNS = ("id", "question", "case", "kind", "opened_at", "due_at")

_UNREAD = "0" * 64
"""The content hash of a decision on a gate that nobody could read: its case refuses it, on record."""


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command()
    def inbox(
        as_: As = None,
        everybody: Annotated[bool, typer.Option("--all", help="what everybody has to do")] = False,
        gate: Annotated[str | None, typer.Option(help="show one gate with the content to decide on")] = None,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """What waits for you, soonest due first."""
        if gate:
            _show(office.gate(gate), output)
            return
        who = None if everybody else office.actor(as_)
        show([_as_data(row) for row in office.read(lambda c: gates.inbox(c, who))], COLUMNS, output)

    @app.command()
    def decide(
        gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:review:1")],
        verdict: Verdict,
        comment: str = "",
        role: Annotated[
            str | None, typer.Option(help="the seat to take, where you could take several")
        ] = None,
        if_version: Annotated[
            str | None, typer.Option(help="the content hash you read; default: that of the gate now")
        ] = None,
        as_: As = None,
        dry_run: DryRun = False,
    ) -> None:
        """Approve, reject, or return for revision."""
        actor = office.sender(as_)
        read = if_version or _current(office, gate, must_exist=dry_run)
        office.send(
            "decide",
            Decision(gate=gate, verdict=verdict, actor=actor, content_hash=read, comment=comment, role=role),
            dry_run,
        )


def _as_data(gate: dict[str, Any]) -> dict[str, Any]:
    """A gate with its content, its panel and its deadlines as data, not as text."""
    return gate | {part: json.loads(gate[part] or "null") for part in ("subject", "panel", "ladder")}


def _show(gate: dict[str, Any], output: Output) -> None:
    if output is not Output.TABLE:
        show([_as_data(gate)], (*COLUMNS, "content_hash", "subject"), output)
        return
    console.print(f"{gate['question']}  {gate['content_hash']}", style="bold", markup=False, soft_wrap=True)
    console.print_json(gate["subject"])


def _current(office: Office, gate: str, must_exist: bool) -> str:
    found = office.read(lambda connection: gates.find_gate(connection, gate))
    if found is None and must_exist:
        raise Refused(Rule.UNKNOWN_GATE, f"({gate})")
    return str(found["content_hash"]) if found else _UNREAD
