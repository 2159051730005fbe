"""Auditors: the history of a case, and across cases."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import Connection

from activities.case import audit
from activities.money import level
from cli import arguments
from cli.context import Context
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, Row, print_rows
from cli.paging import AfterOption, LimitOption, Shown, number, print_page
from models.case.calendar import CALENDAR
from models.people.delegation import DIRECTORY

if TYPE_CHECKING:
    from services.case.events import Event

_WHO = ("seq", "at", "case", "stage", "round", "action", "actor", "on_behalf_of", "role")
COLUMNS = (*_WHO, "proof", "from", "to", "rule", "reason", "version")

_SELF_DECLARED = "only what was done under a name that nobody had proved"
_EVENTS = "lay the Temporal events beneath; of a whole case, without --limit and --after"
_CASE = "the number of a case, or a fund; none: everything; directory: delegations"


def history(
    context: Context,
    case: Annotated[str | None, typer.Argument(help=_CASE)] = None,
    actor: str | None = None,
    country: str | None = None,
    stage: Annotated[str | None, typer.Option(help="a stage of its kind, e.g. review")] = None,
    since: Annotated[str | None, typer.Option(help="from this day or instant, UTC, ISO 8601")] = None,
    until: Annotated[str | None, typer.Option(help="before this day or instant, UTC, ISO 8601")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="only refused attempts")] = False,
    overrides: Annotated[bool, typer.Option("--overrides", help="only overridden panels")] = False,
    self_declared: Annotated[bool, typer.Option("--self-declared", help=_SELF_DECLARED)] = False,
    events: Annotated[bool, typer.Option("--events", help=_EVENTS)] = False,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Who did what, when, why, on which version of the content; refused attempts included."""
    if events:
        _check_events(case, whole=limit is None and after is None)
    _check_stage(context, stage)
    behind = number(after)
    limits = arguments.instant(since), arguments.instant(until)
    only = refused, overrides, self_declared
    question = audit.Question(case, actor, arguments.country(country), stage, *limits, *only)
    told = _marked if output is Output.TABLE else _proved
    if events and case:
        case = _recorded_under(context, case)
        question = question._replace(case=case)
        print_rows(map(told, _with_events(context, case, question)), COLUMNS, output)
        return
    print_page(
        context,
        lambda connection, most, seq: _page(context, connection, question, most, seq),
        "seq",
        limit,
        behind,
        Shown(COLUMNS, output, told),
    )


def _check_stage(context: Context, stage: str | None) -> None:
    known = context.installation.details.stages
    if stage is not None and stage not in known:
        what = f"No kind of case has a stage {stage[:40]!r}."
        raise CommandError(Exit.INVALID, what, f"name one of: {', '.join(known)}")


def _check_events(case: str | None, whole: bool) -> None:
    if not case:
        raise CommandError(Exit.USAGE, "--events needs a case", "name one: accord history CASE --events")
    if not whole:
        what = "--events lays out a whole case, without --limit and --after"
        raise CommandError(Exit.USAGE, what, "leave --limit and --after out, or --events")


def _page(
    context: Context, connection: Connection, question: audit.Question, most: int | None, seq: int | None
) -> Sequence[Row]:
    """Rows from behind ``seq``. Only where there are none, it is asked what the name stands for."""
    rows = audit.history(connection, question, most, seq)
    if rows or question.case is None:
        return rows
    known = question._replace(case=_recorded_under(context, question.case))
    return audit.history(connection, known, most, seq) if known != question else rows


def _recorded_under(context: Context, name: str) -> str:
    """What the record has a history of: a case, directory, calendar, or the fund that a level is part of."""
    levels = context.read(lambda connection: level.tree(connection, name)).levels
    if name in levels:
        return str(levels[name].root)
    if name not in (DIRECTORY, CALENDAR):
        context.case(name)
    return name


def _marked(row: Row) -> Row:
    """A row in which a deputy's vote can be told from any other."""
    acting = row.get("payload", {}).get("facts", {}).get("acting")
    return _proved({**row, "on_behalf_of": f"{row['on_behalf_of']} (acting)"} if acting else row)


def _proved(row: Row) -> Row:
    """A row that says whether its actor had proved who they are; empty where nobody acted."""
    return {**row, "proof": _PROOF[row.get("attested")]}


_PROOF = {True: "attested", False: "self-declared", None: ""}


def _with_events(context: Context, case: str, question: audit.Question) -> list[Row]:
    """The entries and the engine's events of all workflows of the case, by their instants."""
    rows: list[Row] = [*context.read(lambda connection: audit.history(connection, question))]
    everything = context.read(lambda connection: audit.history(connection, audit.Question(case)))
    workflows = sorted({str(row["workflow_id"]) for row in everything})
    beneath = [_row(event, case) for event in asyncio.run(_events(context, workflows))]
    return sorted([*rows, *(row for row in beneath if _within(row, question))], key=lambda row: row["at"])


async def _events(context: Context, workflows: Iterable[str]) -> "list[Event]":
    return await (await context.installation.events()).of(workflows)


def _row(event: "Event", case: str) -> dict[str, Any]:
    action = f"  {event.number} {event.type}"
    return {"at": event.at, "case": case, "action": action, "actor": event.workflow}


def _within(row: dict[str, Any], question: audit.Question) -> bool:
    after = not question.since or row["at"] >= question.since
    return after and (not question.until or row["at"] < question.until)
