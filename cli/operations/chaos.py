"""Chaos: an installation to throw away, to which everything happens that can."""

import secrets
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.context import Context
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, print_rows, tell

Seed = Annotated[int | None, typer.Option(min=0, help="which requests and which mishaps; else one by chance")]
Minutes = Annotated[float, typer.Option(min=0.1, max=10_000, help="how long people work")]
Database = Annotated[Literal["sqlite", "postgresql"], typer.Option(help="what the record is kept in")]
_FOLDER = "a folder that does not exist yet, for all that is made; else one in the current folder"


def run(
    context: Context,
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="`accord chaos list` has them")],
    seed: Seed = None,
    minutes: Minutes = 1.0,
    database: Database = "sqlite",
    folder: Annotated[Path | None, typer.Option(help=_FOLDER)] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Let things happen to an installation of its own while people work, and say which promises held.

    What was asked, what came of it and what happened is in history.jsonl of the folder. The same seed asks
    and strikes the same again, but for the speed of the machine. Exit code 10: a promise did not hold.
    """
    chosen = secrets.randbelow(10**6) if seed is None else seed
    tell(f"seed {chosen}")
    place = folder or Path(f"chaos-{scenario}-{chosen}")
    report = context.installation.chaos.run(scenario, chosen, minutes * 60, database, place, tell)
    for detail in report.details:
        tell(detail)
    print_rows(report.rows, ("promise", "broken"), output)
    tell(report.summary)
    if report.broken:
        what = f"{report.broken} times a promise did not hold"
        raise CommandError(Exit.VERIFICATION, what, f"read {place / 'history.jsonl'}; the seed is {chosen}")


def list_(context: Context, output: OutputOption = Output.TABLE) -> None:
    """The scenarios, and what happens in each."""
    print_rows(context.installation.chaos.scenarios(), ("scenario", "what happens"), output)
