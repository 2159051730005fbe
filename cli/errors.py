"""Exit codes and errors: what happened, why, and what to do."""

import json
from enum import IntEnum

from cli.output import remark
from models.case.rule import Rule, RuleKind


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


_BY_KIND = {
    RuleKind.INVALID: Exit.INVALID,
    RuleKind.NOT_FOUND: Exit.NOT_FOUND,
    RuleKind.NOT_ALLOWED: Exit.NOT_ALLOWED,
    RuleKind.CONFLICT: Exit.CONFLICT,
}

_WHAT_TO_DO = {
    Exit.NOT_ALLOWED: "`accord inbox --as PERSON` shows what that person may do",
    Exit.CONFLICT: "`accord show CASE` says where the case stands now",
}
"""For rules that do not say it themselves."""


def refusal(rule: Rule, detail: str = "", seq: int | None = None) -> CommandError:
    """What people are told of a refusal under ``rule``; ``seq`` is its number on record, if it has one."""
    what, _, hint = rule.text.partition("; ")
    message = f"Refused ({rule}): {what.rstrip('.')}. {detail}".strip()
    code = _BY_KIND[rule.kind]
    hint = hint or _WHAT_TO_DO.get(code, "correct it and run this again")
    return CommandError(code, message, hint, f"record {seq}" if seq else "", rule)


def say(error: CommandError, as_json: bool) -> None:
    """Say it on standard error, as text or as JSON."""
    if as_json:
        body = {"code": error.code.name.lower(), "message": str(error), "hint": error.hint, "ref": error.ref}
        remark(json.dumps({"error": body}))
        return
    remark(f"accord: {_below(str(error))}")
    if error.hint:
        remark(f"  what to do: {_below(error.hint)}")
    if error.ref:
        remark(f"  reference: {_below(error.ref)}")


def _below(text: str) -> str:
    """What an error quotes may have several lines: none of them passes for one of ours."""
    return text.replace("\n", "\n    ")
