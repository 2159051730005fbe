"""Auditors: the history of a case, and across cases."""

import asyncio
from collections.abc import Iterable
from datetime import UTC
from typing import Annotated, Any

import typer
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.case import audit
from activities.money import level
from cli import arguments as given
from cli.context import Office
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, show
from models.partnership.partnership import Stage
from runtime import engine
from services.people import delegation as delegating

_WHO = ("seq", "at", "case", "stage", "round", "action", "actor", "on_behalf_of", "role")
COLUMNS = (*_WHO, "from", "to", "rule", "reason", "version")

_CASE = "the number of a case, or a fund; none: everything; directory: delegations"


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command()
    def history(
        case: Annotated[str | None, typer.Argument(help=_CASE)] = None,
        actor: str | None = None,
        country: str | None = None,
        stage: Stage | None = None,
        since: Annotated[str | None, typer.Option(help="from this day or instant, UTC, ISO 8601")] = None,
        until: Annotated[str | None, typer.Option(help="before this day or instant, UTC, ISO 8601")] = None,
        refused: Annotated[bool, typer.Option("--refused", help="only refused attempts")] = False,
        overrides: Annotated[bool, typer.Option("--overrides", help="only overridden panels")] = False,
        events: Annotated[bool, typer.Option("--events", help="lay the Temporal events beneath")] = False,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """Who did what, when, why, on which version of the content; refused attempts included."""
        if events and not case:
            raise CommandError(Exit.USAGE, "--events needs a case", "name one: accord history CASE --events")
        case = case and _of(office, case)
        limits = given.instant(since), given.instant(until)
        wish = audit.Question(case, actor, given.country(country), stage, *limits, refused, overrides)
        rows = office.read(lambda connection: audit.history(connection, wish))
        if events and case:
            everything = office.read(lambda connection: audit.history(connection, audit.Question(case)))
            workflows = sorted({str(row["workflow_id"]) for row in everything})
            beneath = asyncio.run(_events(office, case, workflows))
            rows = sorted([*rows, *(row for row in beneath if _within(row, wish))], key=lambda row: row["at"])
        show([_marked(row) for row in rows] if output is Output.TABLE else rows, COLUMNS, output)


def _of(office: Office, name: str) -> str:
    """What the record has a history of: a case, the directory, or the fund that a level is part of."""
    levels = office.read(lambda connection: level.tree(connection, name)).levels
    if name in levels:
        return str(levels[name].root)
    if name != delegating.CASE:
        office.case(name)
    return name


def _marked(row: dict[str, Any]) -> dict[str, Any]:
    """A row in which a deputy's vote can be told from any other."""
    acting = row.get("payload", {}).get("facts", {}).get("acting")
    return row | {"on_behalf_of": f"{row['on_behalf_of']} (acting)"} if acting else row


async def _events(office: Office, case: str, workflows: Iterable[str]) -> list[dict[str, Any]]:
    client = await engine.connect(office.settings.home)
    return [row for each in workflows for row in await _events_of(client, each, case)]


async def _events_of(client: Client, workflow_id: str, case: str) -> list[dict[str, Any]]:
    """The events of a workflow: those of its last run, and of all runs that this one continues."""
    rows: list[dict[str, Any]] = []
    run: str | None = None
    while run != "":
        events = await _run(client, workflow_id, run)
        rows += [_row(event, workflow_id, case) for event in events]
        started = events[0].workflow_execution_started_event_attributes if events else None
        run = started.continued_execution_run_id if started else ""
    return rows


async def _run(client: Client, workflow_id: str, run: str | None) -> list[HistoryEvent]:
    try:
        return list((await client.get_workflow_handle(workflow_id, run_id=run).fetch_history()).events)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return []  # a stage the case never reached, or a run older than the engine keeps
        raise


def _row(event: HistoryEvent, workflow_id: str, case: str) -> dict[str, Any]:
    return {
        "at": event.event_time.ToDatetime(UTC),
        "case": case,
        "action": f"  {event.event_id} {EventType.Name(event.event_type).removeprefix('EVENT_TYPE_')}",
        "actor": workflow_id,
    }


def _within(row: dict[str, Any], wish: audit.Question) -> bool:
    return (not wish.since or row["at"] >= wish.since) and (not wish.until or row["at"] < wish.until)
