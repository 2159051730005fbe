"""Whether the worker of this installation lives, and can do its work."""

from typing import Annotated

import typer

from cli.context import Context
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, print_rows

COLUMNS = ("part", "state", "said", "to_do")
_READY = "ask for more than life: database, engine, work and outbox must be in order, too"


def health(
    context: Context,
    ready: Annotated[bool, typer.Option("--ready", help=_READY)] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Whether the worker lives and, with --ready, can do its work; exit code 10: it does not.

    It shows what the worker itself has written down within the last seconds, so it asks nobody and answers
    at once, also where database and engine are away.
    """
    life, *others = context.installation.health()
    print_rows((check.content() for check in (life, *others)), COLUMNS, output)
    wanted = (life, *others) if ready else (life,)
    if wrong := [check for check in wanted if not check.is_ready]:
        what = "; ".join(f"{check.part}: {check.said}" for check in wrong)
        raise CommandError(Exit.VERIFICATION, f"Not ready: {what}.", wrong[0].to_do)
