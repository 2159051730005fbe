"""What happens when operators end a case, as it stands on record."""

from enum import StrEnum


class OperationsAction(StrEnum):
    """The actions by which a terminated case gives back what it holds."""

    SIGNATURES_VOIDED = "signature rounds voided"
    PAYMENT_CANCELLED = "unsent payment cancelled"
    RELEASED = "reservation released"
    COMMITMENT_RELEASED = "commitment released"
