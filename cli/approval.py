"""Staff: the inbox and the decision."""

import json
from typing import Annotated

import typer

from activities import record
from cli.office import As, DryRun, Office
from cli.output import Output, OutputOption, console, show
from models.approval import Decision, Verdict

COLUMNS = ("id", "question", "case", "kind", "opened_at", "due_at")


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
            found = office.gate(gate)
            console.print(f"[bold]{found['question']}[/bold]  {found['content_hash']}")
            console.print_json(json.dumps(json.loads(str(found["subject"]))))
            return
        who = None if everybody else office.actor(as_)
        show(office.read(lambda c: record.inbox(c, who)), COLUMNS, output)

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
        actor = office.actor(as_)
        read = if_version or str(office.gate(gate)["content_hash"])
        office.send(
            "decide",
            Decision(gate=gate, verdict=verdict, actor=actor, content_hash=read, comment=comment, role=role),
            dry_run,
        )
