"""Rules of what operators do to the workflows of cases."""

from models.case.rule import Rule, RuleKind


class OperationsRule(Rule):
    """What a reset, a termination or a cancellation can break."""

    TOOK_PART = (
        "took-part",
        "Whoever acted in a case does not operate on it, under any account; another operator does.",
        RuleKind.NOT_ALLOWED,
    )
    UNKNOWN_OPERATION = (
        "unknown-operation",
        "No operation with this number waits; `accord admin pending` lists them.",
        RuleKind.NOT_FOUND,
    )
    CONFIRMED = (
        "operation-confirmed",
        "Two operators have said so already; `accord admin confirm` finishes it.",
        RuleKind.CONFLICT,
    )
    NOT_RUNNING = (
        "not-running",
        "The engine runs no workflow of it; `accord admin terminate` gives back what the case holds.",
        RuleKind.CONFLICT,
    )
    NO_TASK = (
        "no-task",
        "That event is no completed task of this run; leave --event out for the last one.",
    )
    RUN_CHANGED = (
        "run-changed",
        "The workflow has begun another run since this was asked for; ask again for what is wanted there.",
        RuleKind.CONFLICT,
    )
    MOVES_ON = (
        "moves-on",
        "The case went on while it was being ended; `accord admin confirm` with the same number finishes it.",
        RuleKind.CONFLICT,
    )
