"""Staff: what waits for them, and the content of one gate."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from activities.case.inbox import waiting
from cli.context import As, Context
from cli.output import Output, OutputOption, head, print_rows, tell_json
from cli.paging import AfterOption, LimitOption, Shown, print_page

COLUMNS = ("id", "question", "case", "kind", "opened_at", "due_at", "on_behalf_of", "claimed_by")

_JSON = ("subject", "panel", "ladder", "claims")


def inbox(
    context: Context,
    as_: As = None,
    everybody: Annotated[bool, typer.Option("--all", help="what everybody has to do")] = False,
    gate: Annotated[str | None, typer.Option(help="show one gate with the content to decide on")] = None,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """What waits for you, soonest due first."""
    if gate:
        _show(context.gate(gate), output)
        return
    who = None if everybody else context.actor(as_)
    print_page(
        context,
        lambda connection, most, gate_id: waiting(connection, who, most, gate_id),
        "id",
        limit,
        after,
        Shown(COLUMNS, output, _row),
    )


def _row(gate: Mapping[str, Any]) -> dict[str, Any]:
    """A gate as it is listed: its content, its panel and its deadlines as data, not as text."""
    row = {**gate} | {part: json.loads(gate[part] or "null") for part in _JSON}
    return row | {"claimed_by": ", ".join(claim["person"] for claim in row["claims"] or ())}


def _show(gate: Mapping[str, Any], output: Output) -> None:
    if output is not Output.TABLE:
        print_rows([_row(gate)], (*COLUMNS, "content_hash", "subject"), output)
        return
    heading = f"{gate['question']}  {gate['content_hash']}"
    head(heading)
    tell_json(json.loads(gate["subject"]))
