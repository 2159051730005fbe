"""Exceptions as people are told of them."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

from typer.exceptions import TyperException

from cli.errors import CommandError, Exit, refusal

_SHAPES = {
    "gate": "this is not a gate, e.g. KCN-2020-01:review:1; `accord inbox` shows them",
    "actor": "this is not the id of a person, e.g. coord.seo",
    "signatory": "this is not the id of a person, e.g. signatory.vn",
    "taker": "this is not the id of a person, e.g. sec.han",
    "on_behalf_of": "this is not the id of a person, e.g. sec.han",
    "roles": "this is no role, e.g. treasury",
    "delegation": "this is no delegation, e.g. D-12; `accord delegations` lists them",
    "content_hash": "this is no content hash (64 digits and letters a to f); `accord inbox --gate` shows it",
    "role": "this is no role, e.g. secretariat",
}
"""What is said of a text that has not the form its field asks for."""


def as_command_error(error: Exception) -> CommandError | None:
    """What people are told about ``error``; None where it is nothing we expected."""
    match error:
        case CommandError():
            return error
        case TyperException():
            command = getattr(getattr(error, "ctx", None), "command_path", "accord")
            return CommandError(Exit.USAGE, error.format_message(), f"see `{command} --help`")
    for (module, name), explain in EXPLAINED.items():
        loaded = sys.modules.get(module)  # what was never imported cannot have been raised
        if loaded and isinstance(error, getattr(loaded, name)):
            return explain(error)
    return None


def _refused(error: Any) -> CommandError:
    return refusal(error.rule, str(error).removeprefix(error.rule.text).strip(), error.seq)


def _invalid_file(error: Exception) -> CommandError:
    return CommandError(Exit.INVALID, str(error), "correct the file and run this again")


def _not_on_record(error: Exception) -> CommandError:
    how = "it does not count; `accord reconcile --all` says which of the two is older, and what to do"
    return CommandError(Exit.VERIFICATION, f"Not on record. {error}", how)


def _no_backup(error: Exception) -> CommandError:
    what, _, how = str(error).rpartition(". ")
    return CommandError(Exit.CONFLICT, what or how, how if what else "")


def _invalid_value(error: Exception) -> CommandError:
    return CommandError(Exit.INVALID, _problems(error), "correct the value and run this again")


def _not_confirmed(_error: Exception) -> CommandError:
    what = "Not confirmed yet: nobody answered in time."
    todo = "run the same command again; if it stays so, an operator sees why: `accord reconcile CASE`"
    return CommandError(Exit.UNREACHABLE, what, todo)


def _problems(error: Any) -> str:
    """A validation error as people read it: ``field: what is wrong``, one per field."""
    problems: dict[str, str] = {}
    for field, message in _of_proposal(error) if error.title == "Proposal" else _of_message(error):
        problems.setdefault(field, message)
    return "; ".join(f"{field}: {message}" if field else message for field, message in problems.items())


def _of_proposal(error: Any) -> Iterator[tuple[str, str]]:
    from services.partnership.cells import faults  # with the lists of countries and currencies

    values = {str((*found["loc"], "")[0]): found["input"] for found in error.errors(include_url=False)}
    return faults(error, values)


def _of_message(error: Any) -> Iterator[tuple[str, str]]:
    from models.faults import what

    for found in error.errors(include_url=False):
        field = str((*found["loc"], "")[0])
        if found["input"] == "":
            yield field, "nothing is written here, and it is needed"
        elif found["type"] == "string_pattern_mismatch" and field in _SHAPES:
            yield field, _SHAPES[field]
        else:
            yield field, what([found])


def _no_database(error: Exception) -> CommandError:
    cause = f"{type(getattr(error, 'orig', None)).__name__} {error}"
    if "no such table" in cause or "UndefinedTable" in cause:
        return CommandError(Exit.UNREACHABLE, "The database is not set up yet.", "run `accord setup` once")
    return CommandError(
        Exit.UNREACHABLE,
        f"The database does not answer: {type(error).__name__}.",
        "look whether it runs and ACCORD_DATABASE_URL is right, then run this again",
    )


EXPLAINED: dict[tuple[str, str], Callable[[Any], CommandError]] = {
    ("services.case.cases", "Refused"): _refused,
    ("services.case.updates", "NotConfirmed"): _not_confirmed,
    ("services.case.updates", "NotOnRecord"): _not_on_record,
    ("models.files", "InvalidFile"): _invalid_file,
    ("models.operations.backup", "BackupProblem"): _no_backup,
    ("models.operations.deployment", "DeployProblem"): _no_backup,
    ("pydantic", "ValidationError"): _invalid_value,
    ("sqlalchemy.exc", "SQLAlchemyError"): _no_database,
}
"""Errors by where their class is: it is not imported here, so that a command loads only what it uses."""
