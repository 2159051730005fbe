"""The directory: who is in it, which changes wait for a second person, who confirms them."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from activities.people import directory
from activities.people.directory import PersonRow
from cli.context import As, Context
from cli.output import Output, OutputOption, print_rows, tell
from cli.paging import AfterOption, LimitOption, Shown, print_page
from models.people.asking import Confirmation, Leaving, Withdrawal

if TYPE_CHECKING:
    from services.people.changing import Done
    from services.people.registrar import Registrar

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="e.g. 214; `accord people pending` lists them")]
Reason = Annotated[str, typer.Option(help="why; it is on record")]

PEOPLE = ("id", "name", "organisation", "roles", "state")
PENDING = ("record", "change", "asked_by", "at")


def list_(
    context: Context,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Everybody in the directory, with the roles that they hold today; who has ended, too."""
    now = datetime.now(UTC)
    as_data = output in (Output.JSON, Output.JSONL)
    print_page(
        context,
        lambda connection, most, last: directory.listing(connection, now, most, last),
        "id",
        limit,
        after,
        Shown(PEOPLE, output, lambda row: dict(row) if as_data else _on_a_line(row)),
    )


def _on_a_line(row: PersonRow) -> dict[str, object]:
    return {**row, "roles": ", ".join(row["roles"])}


def pending(context: Context, output: OutputOption = Output.TABLE) -> None:
    """The changes of the directory that wait for a second registrar."""
    waiting = context.read(lambda connection: directory.waiting(connection, datetime.now(UTC)))
    rows = [
        {"record": one.record, "change": str(one.change), "asked_by": one.asked_by, "at": one.at}
        for one in waiting
    ]
    print_rows(rows, PENDING, output)


def confirm(context: Context, number: Number, reason: Reason = "", as_: As = None) -> None:
    """Confirm a change that somebody else asked for, as a registrar. It must not be for you."""
    asked = Confirmation(number=number, actor=context.sender(as_), reason=reason)
    _say(_registrar(context).confirm(asked))


def withdraw(context: Context, number: Number, reason: Reason = "", as_: As = None) -> None:
    """Have a change wait no more, as a registrar."""
    asked = Withdrawal(number=number, actor=context.sender(as_), reason=reason)
    done = _registrar(context).withdraw(asked)
    tell(f"{done.change}: withdrawn (record {done.seq}).")


def end(
    context: Context,
    person: Annotated[str, typer.Argument(help="who acts no more, by id in the directory")],
    reason: Reason,
    as_: As = None,
) -> None:
    """End somebody at once, as a registrar: roles, tokens, delegations. Nothing is deleted."""
    asked = Leaving(person=person, actor=context.sender(as_), reason=reason)
    _say(_registrar(context).end(asked))


def _say(done: "Done") -> None:
    became = "in force" if done.in_force else f"noted; another registrar must say: people confirm {done.seq}"
    tell(f"{done.change}: {became} (record {done.seq}).")


def _registrar(context: Context) -> "Registrar":
    from services.people.registrar import Registrar  # brings the engine's client: not for a list

    return Registrar(context.database, context.belief)
