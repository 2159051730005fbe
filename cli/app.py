"""The program: all commands together, and one place where errors become exit codes."""

import logging
import os
import sys

import typer

from cli import agreement, approval, engine, fund, notice, partnership, record, study
from cli.exits import CommandError, Exit, as_command_error, report
from cli.office import Office
from runtime import logs

_HELP = """Carries government partnerships from proposal to project launch.

Exit codes: 0 done, 1 unexpected, 2 usage, 3 not found, 4 nobody said who is acting, 5 not allowed,
6 conflict or stale, 7 invalid input, 8 partly done, 9 unreachable, 130 interrupted."""


def build(office: Office) -> typer.Typer:
    """The command line over one installation."""
    app = typer.Typer(name="accord", help=_HELP, no_args_is_help=True, pretty_exceptions_enable=False)
    for noun in (partnership, approval, study, agreement, record, fund, notice, engine):
        noun.register(app, office)
    return app


def main() -> None:
    """Run one command. A traceback is shown only with ACCORD_DEBUG set."""
    logs.configure(logging.INFO if "up" in sys.argv[1:2] else logging.WARNING)
    try:
        build(Office())(standalone_mode=True)
    except KeyboardInterrupt:
        print("\naccord: interrupted. Nothing is half done; run the same command again.", file=sys.stderr)
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:
        sys.exit(_told(error))


def _told(error: Exception) -> Exit:
    known = as_command_error(error)
    if known is None and "ACCORD_DEBUG" in os.environ:
        raise error
    unexpected = CommandError(
        Exit.UNEXPECTED, f"{type(error).__name__}: {error}", "set ACCORD_DEBUG=1 to see where it happened"
    )
    wants_json = any(form in sys.argv for form in ("json", "jsonl", "--output=json", "--output=jsonl"))
    report(known or unexpected, wants_json)
    return (known or unexpected).code
