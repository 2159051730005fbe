"""Anybody: one case of any kind, as it stands."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from activities.case.cases import CaseRow, hosts
from activities.case.inbox import InboxRow, at_case
from activities.money import book as journal
from cli.context import Context
from cli.output import Output, OutputOption, head, print_rows
from models.amount import Amount
from services.case.details import Details

_AS_JSON = ("countries", "parties", "outcome")


def show(context: Context, case: str, output: OutputOption = Output.TABLE) -> None:
    """Show one case: where it stands, what it waits for, its money."""
    found = context.case(case)
    of_kind = context.installation.details
    details = context.read(lambda connection: of_kind.of(connection, found["kind"], found["number"]))
    gates = context.read(lambda connection: at_case(connection, case))
    money = {
        name: value
        for name, value in context.read(lambda connection: journal.of_case(connection, case)).items()
        if name != "available" and value
    }
    if output is not Output.TABLE:
        row = {"case": case, **found, **details.facts, "money": money}
        row |= {name: json.loads(str(row[name] or "null")) for name in _AS_JSON}
        row |= {"requested": details.amount.minor} if details.amount else {}
        row["waiting_for"] = [gate["id"] for gate in gates]
        print_rows([row], list(row), output)
        return
    head(case)
    facts = _facts(found, details, money, gates)
    print_rows(({"what": name, "is": value} for name, value in facts), ("what", "is"), output)


def _facts(
    case: CaseRow, details: Details, money: dict[str, int], gates: Iterable[InboxRow]
) -> Iterator[tuple[str, object]]:
    """What people read of a case: each fact with its name."""
    yield "title", case["title"]
    yield "country", ", ".join(hosts(case))
    yield from ((name, value) for name, value in details.facts.items() if not isinstance(value, Mapping))
    yield "stage", f"{case['stage']}/{case['status']}"
    if details.amount:
        yield "requested", details.amount
    for account, minor in money.items():
        yield account, Amount(minor=minor, currency=str(case["currency"]))
    for gate in gates:
        yield "waiting for", _waiting_for(gate)


def _waiting_for(gate: InboxRow) -> str:
    late = ", overdue" if gate["due_at"] < datetime.now(UTC) else ""
    return f"{gate['question']} — {gate['id']}, due {gate['due_at']:%Y-%m-%d}{late}"
