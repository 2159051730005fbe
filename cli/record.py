"""Auditors: the history of a case, and across cases."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError

from activities import record
from cli.exits import CommandError, Exit
from cli.office import Office
from cli.output import Output, OutputOption, show
from models.partnership import Stage
from runtime import engine

_WHO = ("seq", "at", "case", "stage", "round", "action", "actor", "on_behalf_of", "role")
COLUMNS = (*_WHO, "from", "to", "rule", "reason", "version")


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command()
    def history(
        case: Annotated[str | None, typer.Argument(help="the number of a case; none: all cases")] = None,
        actor: str | None = None,
        country: str | None = None,
        stage: Stage | None = None,
        since: Annotated[str | None, typer.Option(help="from this day or instant, UTC, ISO 8601")] = None,
        until: Annotated[str | None, typer.Option(help="before this day or instant, UTC, ISO 8601")] = None,
        refused: Annotated[bool, typer.Option("--refused", help="only refused attempts")] = False,
        events: Annotated[bool, typer.Option("--events", help="lay the Temporal events beneath")] = False,
        output: OutputOption = Output.TABLE,
    ) -> None:
        """Who did what, when, why, on which version of the content; refused attempts included."""
        if case:
            office.case(case)
        wish = record.Question(case, actor, country, stage, _instant(since), _instant(until), refused)
        rows = office.read(lambda connection: record.history(connection, wish))
        if events:
            if not case:
                raise CommandError(
                    Exit.USAGE, "--events needs a case", "name one: accord history CASE --events"
                )
            rows = sorted(rows + asyncio.run(_events(office, case)), key=lambda row: str(row["at"]))
        show(rows, COLUMNS, output)


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            Exit.INVALID, f"{text!r} is not a date", "write 2026-11-23 or 2026-11-23T09:00:00"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _events(office: Office, case: str) -> list[dict[str, Any]]:
    client = await engine.connect(office.settings.home)
    rows: list[dict[str, Any]] = []
    for part in ("", "/study", "/agreement"):
        rows += await _events_of(client, f"partnership/{case}{part}", case)
    return rows


async def _events_of(client: Client, workflow_id: str, case: str) -> list[dict[str, Any]]:
    try:
        fetched = await client.get_workflow_handle(workflow_id).fetch_history()
    except RPCError:
        return []  # a stage the case never reached
    return [
        {
            "at": event.event_time.ToDatetime(UTC),
            "case": case,
            "action": f"  {event.event_id} {EventType.Name(event.event_type).removeprefix('EVENT_TYPE_')}",
            "actor": workflow_id,
        }
        for event in fetched.events
    ]
