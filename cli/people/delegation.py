"""Absence: let somebody act for you, end it, see who acts for whom."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from activities.people import delegation
from activities.people.delegation import DelegationRow
from cli import arguments
from cli.context import As, Context
from cli.output import Output, OutputOption, print_rows, tell
from cli.paging import AfterOption, LimitOption, Shown, number, print_page
from models.people.delegation import Approval, Giving, Revocation

if TYPE_CHECKING:
    from services.people.delegation import Delegations, Done

_WHAT = ("id", "giver", "taker", "roles", "ceiling", "acting")
PENDING = ("id", "giver", "taker", "roles", "ceiling", "acting", "since", "until", "instrument", "at")
COLUMNS = (*_WHAT, "since", "until", "state", "instrument", "record")

_ACTING = "as your deputy, while you are away: every vote is reported to you, and you take note of it"


def delegate(
    context: Context,
    taker: Annotated[str, typer.Argument(help="who shall act for you")],
    role: Annotated[list[str], typer.Option(help="a role that you hold; repeat for several")],
    instrument: Annotated[str, typer.Option(help="the written act behind it, e.g. Order 2026-114")],
    from_: Annotated[str | None, typer.Option("--from", help="first day, e.g. 2026-11-23")] = None,
    until: Annotated[str | None, typer.Option(help="last day; left out: until it is revoked")] = None,
    acting: Annotated[bool, typer.Option("--acting", help=_ACTING)] = False,
    ceiling: Annotated[int | None, typer.Option(help="largest amount, in minor units")] = None,
    as_: As = None,
) -> None:
    """Let somebody act for you, for some roles. Both names stand on record with every vote.

    A role that moves money is asked for: it counts when a registrar, neither of you, has confirmed it.
    """
    giving = Giving(
        actor=context.sender(as_),
        taker=taker,
        roles=tuple(role),
        ceiling=ceiling,
        since=arguments.day("--from", from_),
        until=arguments.day("--until", until),
        instrument=instrument,
        acting=acting,
    )
    done = _delegations(context).give(giving)
    tell(f"{done.delegation.id}: {_became(done)}.")


def _became(done: "Done") -> str:
    if done.waits:
        noted = f"asked for (record {done.seq})" if done.seq else "asked for already"
        return f"{noted}; a registrar must say: accord delegation confirm {done.delegation.id}"
    return f"given (record {done.seq})" if done.seq else "given already; nothing changed"


def confirm(
    context: Context,
    number: Annotated[
        str, typer.Argument(metavar="DELEGATION", help="e.g. D-12; `accord delegation pending` lists them")
    ],
    as_: As = None,
) -> None:
    """Put a delegation of a role that moves money in force, as a registrar. It must not be by or for you."""
    asked = Approval(delegation=number, actor=context.sender(as_))
    tell(f"{number}: given (record {_delegations(context).confirm(asked).seq}).")


def pending(context: Context, output: OutputOption = Output.TABLE) -> None:
    """The delegations of roles that move money that wait for a registrar."""
    as_data = output in (Output.JSON, Output.JSONL)
    rows = [
        {
            **one.giving.asked(),
            "roles": list(one.giving.roles) if as_data else ", ".join(one.giving.roles),
            "id": one.id,
            "at": one.at,
        }
        for one in context.read(lambda connection: delegation.waiting(connection, datetime.now(UTC)))
    ]
    print_rows(rows, PENDING, output)


def revoke(
    context: Context,
    number: Annotated[
        str, typer.Argument(metavar="DELEGATION", help="e.g. D-12; `accord delegations` lists them")
    ],
    as_: As = None,
) -> None:
    """End a delegation that you gave, or only asked for; it counts from the next vote on."""
    revocation = Revocation(delegation=number, actor=context.sender(as_))
    done = _delegations(context).revoke(revocation)
    became = f"revoked (record {done.seq})" if done.seq else "revoked already; nothing changed"
    tell(f"{done.delegation.id}: {became}.")


def delegations(
    context: Context,
    person: Annotated[str | None, typer.Option(help="only those that this person gave or took")] = None,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Who acts for whom, for what, until when; ended ones included."""
    today = datetime.now(UTC).date()
    print_page(
        context,
        lambda connection, most, record: delegation.listing(connection, person, most, record),
        "record",
        limit,
        number(after),
        Shown(COLUMNS, output, lambda row: _with_state(row, today, output)),
    )


def _delegations(context: Context) -> "Delegations":
    from services.people.delegation import Delegations  # brings the engine's client: not for a list

    return Delegations(context.database, context.belief)


def _with_state(row: DelegationRow, today: date, output: Output) -> dict[str, Any]:
    as_data = output in (Output.JSON, Output.JSONL)
    roles = row["roles"] if as_data else ", ".join(row["roles"])
    return {**row, "state": _state(row, today), "roles": roles}


def _state(row: DelegationRow, today: date) -> str:
    if row["revoked_at"]:
        return "revoked"
    if row["until"] and row["until"] < today:
        return "over"
    return "to come" if row["since"] and today < row["since"] else "in force"
