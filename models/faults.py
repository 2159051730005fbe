"""What is said of a value in a file that breaks a rule: what it must be, and what is written."""

import json
from typing import Any

from pydantic_core import ErrorDetails


def what(problems: list[ErrorDetails]) -> str:
    """What is said of one key: its rule, or those of which it must keep one; and what is written."""
    rules = [rule for problem in problems if (rule := _rule(problem))]
    if len(rules) == len(problems):
        return f"must be {' or '.join(rules)}, not {_shown(problems[0]['input'])}"
    return " or ".join(dict.fromkeys(_sentence(problem) for problem in problems))


def _rule(problem: ErrorDetails) -> str | None:
    """What a value must be; None where it takes a sentence of its own."""
    context = problem.get("ctx", {})
    if problem["type"] == "string_pattern_mismatch":
        return FORMS.get(context["pattern"], f"of the form {context['pattern']}")
    if problem["type"] not in _RULES or context.get("class_name") in _SENTENCES:
        return None
    return _RULES[problem["type"]].format(**context)


def _sentence(problem: ErrorDetails) -> str:
    name = problem.get("ctx", {}).get("class_name", problem["type"])
    return _SENTENCES.get(name, problem["msg"].removeprefix("Value error, "))


def _shown(given: Any) -> str:
    try:
        text = json.dumps(given, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(given)
    return text if len(text) <= 60 else f"{text[:60]}…"


_SENTENCES = {
    "missing": "this key is missing; write it",
    "extra_forbidden": "there is no such key",
    "Amount": 'an amount is written with its currency, e.g. "1 000 000 000 KRW"',
    "Exclusion": 'two roles that exclude each other are a list of them, e.g. ["treasury", "coordinator"]',
    "Duty": 'a duty is a list of two acts, e.g. ["review", "approve"]',
}
"""What is said of what is not there or should not be, and of what has a form of its own in files."""

_WHOLE = "a whole number, without quotes"
_TRUTH = "true or false, without quotes"
_LIST = "a list, in [ ]"
_TABLE = "a table, in {{ }} or under its name in [ ]"
_RULES = {
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "string_type": "text, in quotes",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "longer (at least {min_length})",
    "too_long": "shorter (at most {max_length})",
    "string_too_long": "shorter (at most {max_length})",
    "enum": "one of {expected}",
    "literal_error": "one of {expected}",
}
"""Rules by the kind of error, in words that go on after "must be"."""

FORMS = {
    r"^[a-z][a-z0-9_]{0,39}$": "small letters, digits and _, a letter first, e.g. paying_officer",
    r"^[a-z][a-z0-9_]{0,30}$": "small letters, digits and _, a letter first, e.g. building_permit",
    r"^[a-z0-9-]{1,60}$": "small letters, digits and hyphens, e.g. k-city-2020",
    r"^[a-z]{2,3}$": "a language, in small letters (BCP 47), e.g. km",
    r"^[A-Z0-9][A-Z0-9-]{1,39}$": "capital letters, digits and hyphens, e.g. KST-2027-1",
    r"^[A-Z0-9][A-Z0-9-]{1,39}(/[a-z0-9-]{1,40}){0,2}$": "a case, or a part of one, e.g. KST-2027-1/study",
    r"^[a-z0-9][a-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$": "the name of a file, e.g. keys/ring.json",
    r"^[A-Z0-9][A-Z0-9-]{1,59}$": "the number of a certificate, e.g. KST-2027-1-001",
    r"^[a-z]{2}-[0-9a-f]{10}$": "the id of an official in the register, e.g. vn-0123456789",
    r"^[A-Za-z0-9:._-]{1,120}$": "the id of a gate, e.g. KCN-2020-01:review:1",
    r"^[0-9a-f]{16}$": "the id of a key: 16 digits and small letters a to f",
    r"^[0-9a-f]{32}$": "a number used once: 32 digits and small letters a to f",
    r"^[0-9a-f]{64}$": "a SHA-256: 64 digits and small letters a to f",
    r"^[0-9]{1,9}([.][0-9]{1,12})?$": "a rate: digits, and a point before decimals, e.g. 1350.25",
    r"^[A-Za-z0-9-]{1,64}$": "the number of a delegation, e.g. D-12",
    r"^[A-Z0-9]{4,34}$": "an account: 4 to 34 capital letters and digits, no spaces",
    r"^[a-z0-9-]{1,40}$": "small letters, digits and hyphens, e.g. asean-studies",
    r"^[a-z0-9][a-z0-9._-]{0,62}$": "small letters, digits, points and hyphens, e.g. coord.seo",
    r"^[A-Z]{2}$": "an ISO 3166-1 alpha-2 country code in capitals, e.g. VN",
    r"^[A-Z]{3}$": "an ISO 4217 currency code in capitals, e.g. KRW",
    r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$": "the IANA name of a time zone, e.g. Asia/Seoul",
}
"""What has to match each of these patterns, and an example: those of all messages."""
