"""Rules of payments."""

from models.case.rule import Rule, RuleKind


class PaymentRule(Rule):
    """What a message about a payment can break."""

    UNKNOWN_PAYMENT = (
        "unknown-payment",
        "There is no such payment; `accord payment list` shows them.",
        RuleKind.NOT_FOUND,
    )
    ALREADY_SENT = (
        "already-sent",
        "The bank has this payment, or may have it; it can no longer be held.",
        RuleKind.CONFLICT,
    )
    HELD = "held", "This payment is held already; somebody else can release it.", RuleKind.CONFLICT
    NOT_HELD = (
        "not-held",
        "This payment is not held; `accord payment list` shows which are.",
        RuleKind.CONFLICT,
    )
    STATEMENT = (
        "statement",
        "The statement and the payment do not agree; clear it up with the bank.",
        RuleKind.CONFLICT,
    )
    UNKNOWN_LINE = (
        "unknown-line",
        "No statement that is kept has this line; hand the bank's file in: `accord fund reconcile`.",
        RuleKind.NOT_FOUND,
    )
    STATEMENT_NUMBER = (
        "statement-number",
        "Another file was handed in under this number; ask the bank which of the two is its own.",
        RuleKind.CONFLICT,
    )
    STATEMENT_ACCOUNT = (
        "statement-account",
        "The statement is of another account than the payments of this fund; take the right file.",
    )
    STATEMENT_DAY = (
        "statement-day",
        "A line is booked on a day that is still to come; ask the bank for the right file.",
    )
    NOT_AS_APPROVED = (
        "not-as-approved",
        "What was to be sent is not what the record has as approved; nothing was sent, it is decided again.",
        RuleKind.CONFLICT,
    )
    NO_ACCOUNT = (
        "no-account",
        "The directory has no account of the payee, or two of that name; have it put there.",
        RuleKind.NOT_FOUND,
    )
    ACCOUNT_CHANGED = (
        "account-changed",
        "The payee's account is not the one that was approved; nothing was sent, it is decided again.",
        RuleKind.CONFLICT,
    )
    ACCOUNT_COOLING = (
        "account-cooling",
        "The payee's account came into force too short a time ago; it is sent by itself, later.",
        RuleKind.CONFLICT,
    )
