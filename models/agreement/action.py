"""What happens in an agreement, as it stands on record."""

from enum import StrEnum


class AgreementAction(StrEnum):
    """The actions of an agreement's own procedure."""

    TEXT_AWAITED = "text awaited"
    TABLED = "text tabled"
    UP_FOR_CLEARANCE = "text up for clearance"
    SIGNING_OPENED = "signing opened"
    REPLACEMENT_ASKED = "signatory replacement asked for"
    REPLACEMENT_WITHDRAWN = "signatory replacement withdrawn"
    REPLACED = "signatory replaced"
    IN_FORCE = "in force"
