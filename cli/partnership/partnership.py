"""Coordinators: list, show, withdraw, and meet the conditions of a study."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from activities.case.inbox import InboxRow, at_case
from activities.money import book as journal
from activities.partnership import partnership
from activities.partnership.partnership import PartnershipRow
from cli import arguments
from cli.context import As, Context
from cli.output import Output, OutputOption, console, print_rows
from cli.paging import AfterOption, LimitOption, Shown, print_page
from models.amount import Amount
from models.partnership.action import PartnershipGate
from models.partnership.partnership import Fulfilment, Stage, Status, Withdrawal

COLUMNS = ("case", "city", "country", "area", "stage", "status", "decisions", "updated_at", "title")


def list_(
    context: Context,
    stage: Stage | None = None,
    status: Status | None = None,
    country: str | None = None,
    programme: str | None = None,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List the cases and where they stand."""
    host = arguments.country(country)
    print_page(
        context,
        lambda connection, most, case: partnership.listing(
            connection, most, case, stage=stage, status=status, country=host, programme=programme
        ),
        "case",
        limit,
        after,
        Shown(COLUMNS, output),
    )


def show(context: Context, case: str, output: OutputOption = Output.TABLE) -> None:
    """Show one case: where it stands, what it waits for, its money."""
    found = context.case(case)
    gates = context.read(lambda connection: at_case(connection, case))
    money = {
        name: value
        for name, value in context.read(lambda connection: journal.of_case(connection, case)).items()
        if name != "available" and value
    }
    if output is not Output.TABLE:
        row = found | {"money": money, "waiting_for": [gate["id"] for gate in gates]}
        row["proposal"] = json.loads(str(found["proposal"]))
        print_rows([row], list(row), output)
        return
    console().print(case, style="bold", markup=False)
    facts = _facts(found, money, gates)
    print_rows(({"what": name, "is": value} for name, value in facts), ("what", "is"), output)


def withdraw(context: Context, case: str, reason: Annotated[str, typer.Option()], as_: As = None) -> None:
    """Withdraw a case, at any stage. What it holds is given back, everybody is told."""
    context.case(case)
    context.send("withdraw", Withdrawal(case=case, actor=context.sender(as_), reason=reason))


def fulfil(
    context: Context,
    case: str,
    condition: Annotated[str, typer.Argument(help="the condition, in the words of the study")],
    evidence: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    as_: As = None,
) -> None:
    """Hand in the evidence that a condition of the study is met; the document is kept."""
    context.case(case)
    actor, gate = context.sender(as_), _conditions(context, case)
    message = Fulfilment(gate=gate, actor=actor, condition=condition, evidence=context.keep(evidence))
    context.send("fulfil", message)


def _conditions(context: Context, case: str) -> str:
    """The open gate for conditions. None is open: the gate there could be, and the case says why not."""
    gates = context.read(lambda connection: at_case(connection, case))
    mine = (gate["id"] for gate in gates if gate["kind"] == PartnershipGate.CONDITIONS)
    return str(next(mine, f"{case}:launch.conditions:1"))


def _facts(
    case: PartnershipRow, money: dict[str, int], gates: Iterable[InboxRow]
) -> Iterator[tuple[str, object]]:
    """What people read of a case: each fact with its name."""
    of_case: Mapping[str, object] = case
    for name in ("title", "country", "city", "area", "applicant", "proposer"):
        yield name, of_case[name]
    currency = str(case["currency"])
    yield "stage", f"{case['stage']}/{case['status']}"
    yield "requested", Amount(minor=int(str(case["requested"])), currency=currency)
    for account, minor in money.items():
        yield account, Amount(minor=minor, currency=currency)
    for gate in gates:
        yield "waiting for", _waiting_for(gate)


def _waiting_for(gate: InboxRow) -> str:
    late = ", overdue" if gate["due_at"] < datetime.now(UTC) else ""
    return f"{gate['question']} — {gate['id']}, due {gate['due_at']:%Y-%m-%d}{late}"
