"""Exit codes and errors: what happened, why, and what to do."""

import json
import sys
from enum import IntEnum

from models.case.rule import Rule


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
    """A command cannot be done; ``hint`` says what to do instead, ``rule`` which rule is broken."""

    def __init__(
        self, code: Exit, message: str, hint: str = "", ref: str = "", rule: Rule | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.ref = ref
        self.rule = rule


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


def code_of(rule: Rule) -> Exit:
    """The exit code for a refusal under ``rule``."""
    return next((code for code, rules in _BY_RULE.items() if rule in rules), Exit.INVALID)


def refusal(rule: Rule, detail: str = "", seq: int | None = None) -> CommandError:
    """What people are told of a refusal under ``rule``; ``seq`` is its number on record, if it has one."""
    what, _, hint = rule.text.partition("; ")
    message = f"Refused ({rule}): {what.rstrip('.')}. {detail}".strip()
    code = code_of(rule)
    hint = hint or _WHAT_TO_DO.get(code, "correct it and run this again")
    return CommandError(code, message, hint, f"record {seq}" if seq else "", rule)


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
