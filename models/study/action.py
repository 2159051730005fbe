"""What happens in a study, as it stands on record."""

from enum import StrEnum


class StudyAction(StrEnum):
    """The actions of a study's own procedure; those of its deliverables carry their names."""

    PUBLISHED = "tender published"
    FAILED = "tender failed"
    FAILED_FOR_GOOD = "tender failed for good"
    AWARDED = "contract awarded"
    TERMINATION_ASKED = "termination asked for"
    TERMINATED = "contract terminated"
    TRANCHE_DUE = "tranche due"
    TRANCHE_PAID = "tranche disbursed"


class StudyGate(StrEnum):
    """What the gates of a study wait for, beside panels."""

    TENDER = "tender"
    AWARD = "award"
    DELIVERY = "delivery"
