"""Staff: the inbox and the decision."""

import json
from typing import Annotated, Any

import typer

from activities.case import gate as gates
from activities.case.difference import changed
from activities.case.inbox import waiting
from cli.case.bulk import Bulk, decide_all
from cli.case.difference import show_changes
from cli.case.selection import EXACT, PARTLY, wishes
from cli.context import As, DryRun, Office
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, console, show
from models.case.approval import Decision
from models.case.panel import Choice
from models.case.rule import Rule
from services.case.cases import Refused

COLUMNS = ("id", "question", "case", "kind", "opened_at", "due_at", "on_behalf_of", "claimed_by")

_VERDICTS = "return asks for a revision; abstain counts as no approval; recuse leaves the count, seat and all"
_SEAT = "the seat to take, where you could take several"
_FOR = "whose vote it is, where a delegation lets you act for them"
_READ = "the content hash you read; default: that of the gate now"
_ALL = "decide so on every approval gate in your inbox that --where means"
_WHERE = f"for --all, repeatable; keys: {', '.join((*EXACT, *PARTLY))}"
_CEILING = "for --all: leave out what is above so many minor units"
_HOW = "write `accord decide GATE VERDICT` or `accord decide --all VERDICT --where KEY=VALUE`"

_JSON = ("subject", "panel", "ladder", "claims")

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
        show([_as_row(row) for row in office.read(lambda c: waiting(c, who))], COLUMNS, output)

    @app.command()
    def decide(
        gate: Annotated[str | None, typer.Argument(help="e.g. KCN-2020-01:review:1")] = None,
        verdict: Annotated[Choice | None, typer.Argument(help=_VERDICTS)] = None,
        comment: str = "",
        point: Annotated[list[str] | None, typer.Option(help="what must change; repeat it for more")] = None,
        role: Annotated[str | None, typer.Option(help=_SEAT)] = None,
        for_: Annotated[str | None, typer.Option("--for", help=_FOR)] = None,
        if_version: Annotated[str | None, typer.Option(help=_READ)] = None,
        all_: Annotated[Choice | None, typer.Option("--all", help=_ALL)] = None,
        where: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help=_WHERE)] = None,
        ceiling: Annotated[int | None, typer.Option(min=0, help=_CEILING)] = None,
        yes: Annotated[bool, typer.Option("--yes", help="let --all send; else it sends nothing")] = False,
        as_: As = None,
        dry_run: DryRun = False,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """Approve, reject, return, abstain or recuse yourself: at one gate, or with --all at many."""
        said: dict[str, Any] = {"comment": comment, "points": point or (), "role": role, "on_behalf_of": for_}
        if all_ is None:
            if where or yes or ceiling is not None:
                raise CommandError(Exit.USAGE, "--where, --ceiling and --yes go with --all.", _HOW)
            if gate is None or verdict is None:
                missing = "GATE" if gate is None else "VERDICT"
                raise CommandError(Exit.USAGE, f"Missing argument '{missing}'.", _HOW)
            actor = office.sender(as_)
            read = if_version or _current(office, gate, must_exist=dry_run)
            decision = Decision(gate=gate, verdict=verdict, actor=actor, content_hash=read, **said)
            _send(office, decision, dry_run, output)
            return
        if gate or if_version:
            raise CommandError(Exit.USAGE, "GATE, VERDICT and --if-version do not go with --all.", _HOW)
        bulk = Bulk(said | {"verdict": all_, "actor": office.actor(as_)}, wishes(where or ()), ceiling)
        decide_all(office, bulk, yes, dry_run, output)


def _send(office: Office, decision: Decision, dry_run: bool, output: Output) -> None:
    """Hand in a decision; whoever decided on another version is shown what is different now."""
    try:
        office.send("decide", decision, dry_run)
    except Refused as refused:
        if refused.rule in (Rule.STALE_CONTENT, Rule.WRONG_ROUND):
            read = decision.content_hash
            changes = office.read(lambda connection: changed(connection, decision.gate, read))
            if changes:
                show_changes(changes, output)
        raise


def _as_data(gate: dict[str, Any]) -> dict[str, Any]:
    """A gate with its content, its panel and its deadlines as data, not as text."""
    return gate | {part: json.loads(gate[part] or "null") for part in _JSON}


def _as_row(gate: dict[str, Any]) -> dict[str, Any]:
    """A gate as it is listed."""
    row = _as_data(gate)
    return row | {"claimed_by": ", ".join(claim["person"] for claim in row["claims"] or ())}


def _show(gate: dict[str, Any], output: Output) -> None:
    if output is not Output.TABLE:
        show([_as_row(gate)], (*COLUMNS, "content_hash", "subject"), output)
        return
    console.print(f"{gate['question']}  {gate['content_hash']}", style="bold", markup=False, soft_wrap=True)
    console.print_json(gate["subject"])


def _current(office: Office, gate: str, must_exist: bool) -> str:
    found = office.read(lambda connection: gates.find_gate(connection, gate))
    if found is None and must_exist:
        raise Refused(Rule.UNKNOWN_GATE, f"({gate})")
    return str(found["content_hash"]) if found else _UNREAD
