"""Exit codes and errors: what happened, why, and what to do."""

import json
import sys
from enum import IntEnum

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from models.programme import InvalidFile, explain
from models.rule import Rule
from runtime.desk import NotConfirmed, Refused, Unreachable
from runtime.engine import EngineError


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
    INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot be done; ``hint`` says what to do instead."""

    def __init__(self, code: Exit, message: str, hint: str = "", ref: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.ref = ref


_BY_RULE = {
    Exit.NOT_FOUND: {Rule.UNKNOWN_CASE, Rule.UNKNOWN_GATE},
    Exit.NOT_ALLOWED: {
        Rule.OWN_PROPOSAL,
        Rule.ROLE_NOT_HELD,
        Rule.UNKNOWN_PERSON,
        Rule.UNKNOWN_ROLE,
        Rule.NOT_A_PARTY,
        Rule.PAYEE,
    },
    Exit.CONFLICT: {
        Rule.STAGE_OVER,
        Rule.WRONG_ROUND,
        Rule.STALE_CONTENT,
        Rule.SECOND_VOTE,
        Rule.SEAT_TAKEN,
        Rule.ALREADY_SIGNED,
        Rule.OTHER_TEXT,
        Rule.CASE_CLOSED,
        Rule.DEADLINE_PASSED,
    },
}


def code_of(rule: Rule) -> Exit:
    """The exit code for a refusal under ``rule``."""
    return next((code for code, rules in _BY_RULE.items() if rule in rules), Exit.INVALID)


def as_command_error(error: Exception) -> CommandError | None:
    """What people are told about ``error``; None where it is nothing we expected."""
    match error:
        case CommandError():
            return error
        case Refused():
            what, _, hint = error.rule.text.partition("; ")
            extra = str(error).removeprefix(error.rule.text).strip()
            told = f"Refused ({error.rule}): {what.rstrip('.')}. {extra}".strip()
            return CommandError(code_of(error.rule), told, hint, f"record {error.seq}" if error.seq else "")
        case NotConfirmed():
            return CommandError(
                Exit.UNREACHABLE, "Not confirmed yet: nobody answered in time.", "run the same command again"
            )
        case Unreachable() | EngineError():
            return CommandError(Exit.UNREACHABLE, str(error), "start it with `make up`, then run this again")
        case InvalidFile():
            return CommandError(Exit.INVALID, str(error), "correct the file and run this again")
        case ValidationError():
            return CommandError(Exit.INVALID, explain(error), "correct the value and run this again")
        case SQLAlchemyError():
            return CommandError(
                Exit.UNREACHABLE,
                f"The database does not answer: {type(error).__name__}.",
                "run `accord setup`",
            )
    return None


def report(error: CommandError, as_json: bool) -> None:
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
