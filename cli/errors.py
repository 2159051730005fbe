"""Exit codes and errors: what happened, why, and what to do."""

import json
import sys
from enum import IntEnum

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError
from typer.exceptions import TyperException

from models.case.rule import Rule
from models.files import InvalidFile
from runtime.engine import EngineError, configured
from services.case.cases import Refused
from services.case.updates import NotConfirmed, Unreachable
from services.partnership.cells import faults


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_SIGNED_IN = 4
    NOT_ALLOWED = 5
    CONFLICT = 6
    INVALID = 7
    PARTIAL = 8
    UNREACHABLE = 9
    VERIFICATION = 10
    INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot be done; ``hint`` says what to do instead."""

    def __init__(self, code: Exit, message: str, hint: str = "", ref: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.ref = ref


_BY_RULE = {
    Exit.NOT_FOUND: {Rule.UNKNOWN_CASE, Rule.UNKNOWN_GATE, Rule.UNKNOWN_DELEGATION}
    | {Rule.UNKNOWN_FUND, Rule.UNKNOWN_PAYMENT},
    Exit.NOT_ALLOWED: {
        Rule.OWN_PROPOSAL,
        Rule.ROLE_NOT_HELD,
        Rule.UNKNOWN_PERSON,
        Rule.UNKNOWN_ROLE,
        Rule.NOT_A_PARTY,
        Rule.PAYEE,
        Rule.DUTIES,
        Rule.TWO_PEOPLE,
        Rule.DECLARATION_MISSING,
        Rule.CONFLICTED,
        Rule.COOLING_OFF,
        Rule.NOT_DELEGATED,
        Rule.OVER_DELEGATION,
        Rule.NOT_ATTESTED,
        Rule.NOT_A_MEMBER,
        Rule.SELF_DELEGATION,
        Rule.NOT_THE_GIVER,
        Rule.EXCLUSIVE_ROLES,
    },
    Exit.CONFLICT: {
        Rule.CLOCK,
        Rule.HELD,
        Rule.NOT_HELD,
        Rule.ALREADY_SENT,
        Rule.FUND_FROZEN,
        Rule.STATEMENT,
        Rule.OVER_CAP,
        Rule.CLAIMED,
        Rule.NO_CLAIM,
        Rule.NO_VOTE,
        Rule.RECONSIDERED,
        Rule.STAGE_OVER,
        Rule.WRONG_ROUND,
        Rule.STALE_CONTENT,
        Rule.SECOND_VOTE,
        Rule.SEAT_TAKEN,
        Rule.NOT_YET,
        Rule.ALREADY_SIGNED,
        Rule.OTHER_TEXT,
        Rule.CASE_CLOSED,
        Rule.DEADLINE_PASSED,
        Rule.DELEGATION_CIRCLE,
        Rule.ALREADY_DELEGATED,
    },
}

_WHAT_TO_DO = {
    Exit.NOT_ALLOWED: "`accord inbox --as PERSON` shows what that person may do",
    Exit.CONFLICT: "`accord show CASE` says where the case stands now",
}
"""For rules that do not say it themselves."""

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


def code_of(rule: Rule) -> Exit:
    """The exit code for a refusal under ``rule``."""
    return next((code for code, rules in _BY_RULE.items() if rule in rules), Exit.INVALID)


def as_command_error(error: Exception) -> CommandError | None:
    """What people are told about ``error``; None where it is nothing we expected."""
    match error:
        case CommandError():
            return error
        case TyperException():
            return CommandError(Exit.USAGE, error.format_message(), "see `accord --help`")
        case Refused():
            return _refusal(error)
        case InvalidFile():
            return CommandError(Exit.INVALID, str(error), "correct the file and run this again")
        case ValidationError():
            return CommandError(Exit.INVALID, _problems(error), "correct the value and run this again")
        case SQLAlchemyError():
            return _no_database(error)
    return _no_engine(error)


def _refusal(error: Refused) -> CommandError:
    what, _, hint = error.rule.text.partition("; ")
    extra = str(error).removeprefix(error.rule.text).strip()
    told = f"Refused ({error.rule}): {what.rstrip('.')}. {extra}".strip()
    code = code_of(error.rule)
    hint = hint or _WHAT_TO_DO.get(code, "correct it and run this again")
    return CommandError(code, told, hint, f"record {error.seq}" if error.seq else "")


def _problems(error: ValidationError) -> str:
    """A validation error as people read it: ``field: what is wrong``, one per field."""
    values = {str((*found["loc"], "")[0]): found["input"] for found in error.errors(include_url=False)}
    told: dict[str, str] = {}
    for field, message in faults(error, values):
        shaped = _SHAPES.get(field, message) if message.startswith("String should match") else message
        told.setdefault(field, shaped)
    return "; ".join(f"{field}: {message}" for field, message in told.items())


def _no_database(error: SQLAlchemyError) -> CommandError:
    cause = f"{type(getattr(error, 'orig', None)).__name__} {error}"
    if "no such table" in cause or "UndefinedTable" in cause:
        return CommandError(Exit.UNREACHABLE, "The database is not set up yet.", "run `accord setup` once")
    return CommandError(
        Exit.UNREACHABLE,
        f"The database does not answer: {type(error).__name__}.",
        "look whether it runs and ACCORD_DATABASE_URL is right, then run this again",
    )


def _no_engine(error: Exception) -> CommandError | None:
    again = "see whether TEMPORAL_ADDRESS is right" if configured() else "start it with `make up`"
    match error:
        case NotConfirmed():
            return CommandError(
                Exit.UNREACHABLE, "Not confirmed yet: nobody answered in time.", "run the same command again"
            )
        case EngineError():
            what, _, hint = str(error).partition(". ")
            return CommandError(Exit.UNREACHABLE, what, hint or "put this right, then run this again")
        case Unreachable() | RPCError():
            return CommandError(
                Exit.UNREACHABLE, f"The engine does not answer: {error}", f"{again}, then run this again"
            )
        case RuntimeError() if "client connect" in str(error):
            return CommandError(
                Exit.UNREACHABLE, "The engine cannot be reached.", f"{again}, then run this again"
            )
    return None


def say(error: CommandError, as_json: bool) -> None:
    """Say it on standard error, as text or as JSON."""
    if as_json:
        body = {"code": error.code.name.lower(), "message": str(error), "hint": error.hint, "ref": error.ref}
        print(json.dumps({"error": body}), file=sys.stderr)
        return
    print(f"accord: {error}", file=sys.stderr)
    if error.hint:
        print(f"  what to do: {error.hint}", file=sys.stderr)
    if error.ref:
        print(f"  reference: {error.ref}", file=sys.stderr)
