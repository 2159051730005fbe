"""Staff: the decision, at one gate or at many."""

from typing import Annotated, Any

import typer

from activities.case import gate as gates
from activities.case.difference import changed
from cli.case.bulk import decide_all, read_filters
from cli.case.difference import show_changes
from cli.context import As, Context, DryRun
from cli.errors import CommandError, Exit, refusal
from cli.output import Output, OutputOption
from models.case.approval import Decision
from models.case.panel import Choice
from models.case.rule import CaseRule
from services.case.bulk import Bulk
from services.case.cases import Refused
from services.case.selection import EXACT, PARTLY

_VERDICTS = "return asks for a revision; abstain counts as no approval; recuse leaves the count, seat and all"
_SEAT = "the seat to take, where you could take several"
_FOR = "whose vote it is, where a delegation lets you act for them"
_READ = "the content hash you read; default: that of the gate now"
_ALL = "decide so on every approval gate in your inbox that --where means"
_WHERE = f"for --all, repeatable; keys: {', '.join((*EXACT, *PARTLY))}, and facts of the kind, e.g. city"
_CEILING = "for --all: leave out what is above so many minor units"
_HOW = "write `accord decide GATE VERDICT` or `accord decide --all VERDICT --where KEY=VALUE`"

_UNREAD = "0" * 64
"""The content hash of a decision on a gate that nobody could read: its case refuses it, on record."""


def decide(
    context: Context,
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
    if all_ is not None:
        if gate or if_version:
            raise CommandError(Exit.USAGE, "GATE, VERDICT and --if-version do not go with --all.", _HOW)
        said |= {"verdict": all_, "actor": context.actor(as_)}
        filters = read_filters(where or (), context.installation.details)
        decide_all(context, Bulk(said, filters, ceiling), yes, dry_run, output)
        return
    if where or yes or ceiling is not None:
        raise CommandError(Exit.USAGE, "--where, --ceiling and --yes go with --all.", _HOW)
    if gate is None or verdict is None:
        missing = "GATE" if gate is None else "VERDICT"
        raise CommandError(Exit.USAGE, f"Missing argument '{missing}'.", _HOW)
    said |= {"verdict": verdict, "actor": context.sender(as_)}
    read = if_version or _current(context, gate, must_exist=dry_run)
    _send(context, Decision(gate=gate, content_hash=read, **said), dry_run, output)


def _send(context: Context, decision: Decision, dry_run: bool, output: Output) -> None:
    """Hand in a decision; whoever decided on another version is shown what is different now."""
    try:
        context.send("decide", decision, dry_run)
    except (CommandError, Refused) as refused:
        if refused.rule in (CaseRule.STALE_CONTENT, CaseRule.WRONG_ROUND):
            read = decision.content_hash
            changes = context.read(lambda connection: changed(connection, decision.gate, read))
            if changes:
                show_changes(changes, output)
        raise


def _current(context: Context, gate: str, must_exist: bool) -> str:
    """The content hash of a gate as it is now."""
    found = context.read(lambda connection: gates.find_gate(connection, gate))
    if found is None and must_exist:
        raise refusal(CaseRule.UNKNOWN_GATE, f"({gate})")
    return str(found["content_hash"]) if found else _UNREAD
