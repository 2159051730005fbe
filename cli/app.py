"""The program: all commands together, and one place where errors become exit codes."""

import contextlib
import logging
import os
import re
import sys
from typing import NoReturn

import typer

from cli.agreement import agreement
from cli.case import acknowledgement as report
from cli.case import approval, deadline, duty, notice, override
from cli.case import conflict_of_interest as interest
from cli.case import history as record
from cli.case import seat_assignment as claim
from cli.context import Office
from cli.errors import CommandError, Exit, as_command_error, say
from cli.money import fund, offer, statement, treasury
from cli.operations import engine
from cli.partnership import partnership, programme, proposal, reduction
from cli.payment import payment
from cli.people import delegation, token
from cli.study import study
from runtime import logs

_HELP = """Carries government partnerships from proposal to project launch.

Exit codes: 0 done, 1 unexpected, 2 usage, 3 not found, 4 nobody said who is acting, 5 not allowed,
6 conflict or stale, 7 invalid input, 8 partly done, 9 unreachable, 10 a check failed,
130 interrupted."""

_JSON = re.compile(r"(^|\0)(--output[=\0]|-o[=\0]?)jsonl?(\0|$)")


def build(office: Office) -> typer.Typer:
    """The command line over one installation."""
    app = typer.Typer(name="accord", help=_HELP, no_args_is_help=True, pretty_exceptions_enable=False)
    cases = (proposal, partnership, approval, claim, deadline, override, interest, study, agreement)
    for noun in (
        *cases,
        reduction,
        offer,
        payment,
        report,
        delegation,
        record,
        duty,
        programme,
        notice,
        engine,
        token,
    ):
        noun.register(app, office)
    funds = fund.register(app, office)
    treasury.register(funds, office)
    statement.register(funds, office)
    return app


def main() -> None:
    """Run one command. A traceback is shown only with ACCORD_DEBUG set."""
    logs.configure(logging.INFO if "up" in sys.argv[1:2] else logging.WARNING)
    _leave(run(sys.argv[1:] or ["--help"]))


def run(arguments: list[str]) -> int:
    """Run one command and say what went wrong; its exit code."""
    try:
        code = int(build(Office())(arguments, prog_name="accord", standalone_mode=False) or Exit.DONE)
    except Exception as error:
        return _told(error, as_json=_JSON.search("\0".join(arguments)) is not None)
    if code == Exit.INTERRUPTED:
        print("\naccord: interrupted. Nothing is half done; run the same command again.", file=sys.stderr)
    return code


def _leave(code: int) -> NoReturn:
    """End the process at once. Taking the interpreter apart while threads of the Temporal client are
    still at work aborts it now and then, after all is done (temporalio/sdk-python issue 300).
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BrokenPipeError):
            stream.flush()
    os._exit(code)


def _told(error: Exception, as_json: bool) -> Exit:
    known = as_command_error(error)
    if known is None and "ACCORD_DEBUG" in os.environ:
        raise error
    unexpected = CommandError(
        Exit.UNEXPECTED, f"{type(error).__name__}: {error}", "set ACCORD_DEBUG=1 to see where it happened"
    )
    say(known or unexpected, as_json)
    return (known or unexpected).code
