"""The program: a command is imported when it is typed; in one place errors become exit codes."""

import builtins
import keyword
import os
import re
import traceback
from importlib import import_module
from types import MethodType
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_install_completion_arguments

from cli.commands import COMMANDS, GROUPS, Commands
from cli.errors import CommandError, Exit, say
from cli.explanation import as_command_error
from cli.installation import Installation
from cli.output import remark

_HELP = """Carries government partnerships from proposal to project launch.

Exit codes: 0 done, 1 unexpected, 2 usage, 3 not found, 4 nobody said who is acting, 5 not allowed,
6 conflict or stale, 7 invalid input, 8 partly done, 9 unreachable, 10 a check failed,
130 interrupted."""

_JSON = re.compile(r"(^|\0)(--output[=\0]|-o[=\0]?)jsonl?(\0|$)")


def build(installation: Installation) -> TyperGroup:
    """The command line over one installation."""
    groups = {
        name: TyperGroup(
            name=name,
            help=group.help,
            commands=_named(group.commands, installation),
            no_args_is_help=group.alone_is_help,
        )
        for name, group in GROUPS.items()
    }
    commands = _named(COMMANDS, installation) | groups
    app = TyperGroup(name="accord", help=_HELP, commands=commands, no_args_is_help=True)
    app.params += get_install_completion_arguments()
    return app


def _named(commands: Commands, installation: Installation) -> dict[str, Any]:
    return {
        name: OnDemand(name, module, line, installation)
        for module, lines in commands.items()
        for name, line in lines.items()
    }


class OnDemand(TyperCommand):
    """A command of which the name and a line of help are known. The rest is imported when it is typed."""

    def __init__(self, name: str, module: str, line: str, installation: Installation) -> None:
        super().__init__(name, help=line)
        self._called = name
        self._module = module
        self._installation = installation

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Called by Typer once it knows which command is meant: from here on it is the real one."""
        return self.load().make_context(info_name, args, parent, **extra)

    def load(self) -> Any:
        """The command itself. It gets the context as its first argument, the rest from what was typed."""
        from cli.context import Context  # knows the database: not for the help of all commands

        app = typer.Typer(add_completion=False)
        app.command(self._called)(MethodType(self.function(), Context(self._installation)))
        return get_command(app)

    def function(self) -> Any:
        """What is run for this command."""
        name = self._called.replace("-", "_")
        taken = keyword.iskeyword(name) or hasattr(builtins, name)
        return getattr(import_module(self._module), f"{name}_" if taken else name)


def run(arguments: list[str], installation: Installation) -> int:
    """Run one command and say what went wrong; its exit code."""
    try:
        code = int(build(installation)(arguments, prog_name="accord", standalone_mode=False) or Exit.DONE)
    except Exception as error:
        return _failed(error, installation, as_json=_JSON.search("\0".join(arguments)) is not None)
    if code == Exit.INTERRUPTED:
        remark("\naccord: interrupted. Nothing is half done; run the same command again.")
    return code


def _failed(error: Exception, installation: Installation, as_json: bool) -> Exit:
    """Say what went wrong. A traceback is shown only with ACCORD_DEBUG set."""
    known = as_command_error(error) or installation.explain(error)
    if known is None and "ACCORD_DEBUG" in os.environ:
        remark("".join(traceback.format_exception(error)))
    unexpected = CommandError(
        Exit.UNEXPECTED, f"{type(error).__name__}: {error}", "set ACCORD_DEBUG=1 to see where it happened"
    )
    say(known or unexpected, as_json)
    return (known or unexpected).code
