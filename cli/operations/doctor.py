"""A check-up of this installation."""

from cli.context import Context
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, print_rows
from models.operations.checkup import Finding, Verdict


def doctor(context: Context, output: OutputOption = Output.TABLE) -> None:
    """Look at everything that can be wrong with this installation: ok, warning or problem, and what to do.

    Settings, permissions, keys, disk, the last backup, the engine's program and its digest, fonts, database,
    schema, clocks, letters that wait, calendars, ports, workers, and what differs between engine and record.
    It changes nothing. Exit code 10: there is a problem.
    """
    found = list(context.installation.checkup())
    print_rows((one._asdict() for one in found), Finding._fields, output)
    problems = [one for one in found if one.verdict is Verdict.PROBLEM]
    if problems:
        raise CommandError(Exit.VERIFICATION, f"{len(problems)} problems", problems[0].todo)
