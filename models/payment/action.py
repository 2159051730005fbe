"""What happens to a payment, as it stands on record."""

from enum import StrEnum


class PaymentAction(StrEnum):
    """The actions of a payment's own procedure."""

    DEFERRED = "payment deferred"
    AWAITED = "payment awaited"
    REQUESTED = "payment requested"
    UP_FOR_APPROVAL = "payment up for approval"
    HELD = "payment held"
    RELEASED = "payment released"
    SENT = "payment sent"
    NOT_SENT = "payment not sent"
    IN_DOUBT = "payment in doubt"
    DISPUTED = "payment disputed by the bank"
    UNKNOWN = "payment unknown to the bank"
    LEFT_IN_DOUBT = "payment left in doubt"
    MADE = "payment made"
    FAILED = "payment failed"
    CANCELLED = "payment cancelled"
    RETURN_ASKED_FOR = "payment returned: asked for"
    CORRECTED = "payment corrected"
    DUE_AGAIN = "tranche due again"
    REST_RELEASED = "rest of the payment released"


LINE = "line of a statement"
"""What the entry says of a line that names a payment: what a match is held against."""


class PaymentGate(StrEnum):
    """What the gates of a payment wait for, beside panels."""

    REQUEST = "request"
