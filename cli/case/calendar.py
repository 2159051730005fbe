"""The calendar: days that a government declares beside its law."""

from typing import Annotated

import typer

from activities.case import calendar
from cli import arguments
from cli.context import As, Context
from cli.output import Output, OutputOption, print_rows, tell
from models.case.calendar import CalendarDay, CalendarOrder

COLUMNS = ("country", "day", "what", "name", "record")


def add(
    context: Context,
    country: Annotated[str, typer.Argument(help="ISO 3166-1, e.g. VN")],
    day: Annotated[str, typer.Argument(help="e.g. 2027-01-02; a day to come")],
    works: Annotated[bool, typer.Option("--working-day/--holiday", help="what it is, whatever the law says")],
    name: Annotated[str, typer.Option(help="what people call it, e.g. Joint leave")],
    reason: Annotated[str, typer.Option(help="the decree or letter that says so; it is on record")],
    as_: As = None,
) -> None:
    """Declare a day, as a registrar; a second one confirms with the same words. Open deadlines move."""
    from services.case.calendar import Calendar  # brings the engine's client: not for a list

    code = arguments.country(country) or country
    said = CalendarDay.model_validate({"country": code, "day": day, "working": works, "name": name})
    order = CalendarOrder(day=said, actor=context.sender(as_), reason=reason)
    done = Calendar(context.database, context.belief).declare(order)
    waits = "noted; another registrar must say the same"
    became = "in force; open deadlines are worked out anew" if done.in_force else waits
    tell(f"{said}: {became} (record {done.seq}).")


def list_(context: Context, output: OutputOption = Output.TABLE) -> None:
    """The days that were declared, by country. Holidays by law are not listed."""
    rows = context.read(calendar.listing)
    print_rows(({**row, "what": _what(row["working"])} for row in rows), COLUMNS, output)


def _what(working: bool) -> str:
    return "working day" if working else "holiday"
