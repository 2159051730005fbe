"""What happens in a partnership, as it stands on record."""

from enum import StrEnum


class PartnershipAction(StrEnum):
    """The actions of a partnership's own procedure."""

    PROPOSED = "proposed"
    RESUBMITTED = "resubmitted"
    WITHDRAWAL = "withdrawal"
    REDUCTION = "reduction"
    WAITLISTED = "funding waitlisted"
    OFFER_OPENED = "offer opened"
    OFFER_ACCEPTED = "offer accepted"
    OFFER_DECLINED = "offer declined"
    OFFER_EXPIRED = "offer expired"
    COMMITTED = "study money committed"
    RELEASED = "reservation released"
    PAYMENTS_CANCELLED = "unsent payments cancelled"
    REST_RELEASED = "rest of the contract released"
    MONEY_BLOCKED = "money blocked"
    CLOCKS_STOPPED = "clocks stopped"
    SIGNATURES_VOIDED = "signature rounds voided"
    TOLD = "told everyone"
    BLOCKED = "launch blocked"
    CONDITION_MET = "condition met"


class PartnershipGate(StrEnum):
    """What the gates of a partnership wait for, beside panels."""

    REVISION = "revision"
    OFFER = "offer"
    CONDITIONS = "conditions"
