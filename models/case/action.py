"""What happens in any case, as it stands on record. Each system has actions of its own."""

from enum import StrEnum


class CaseAction(StrEnum):
    """The actions of the instruments."""

    REFUSED = "refused"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    EXTENSION_ASKED = "extension asked for"
    EXTENDED = "deadline extended"
    STOPPED = "clock stopped"
    RESUMED = "clock running again"
    CALENDAR_CHANGED = "rescheduled: calendar"
    CLAIMED = "claimed"
    RELEASED = "released"
    REASSIGNED = "reassigned"
    CHALLENGED = "challenged"
    STRUCK = "struck"
    REOPENED = "decision reopened"
    DIVERGED = "diverged"
    ACKNOWLEDGEMENT_AWAITED = "report awaited"
    ACKNOWLEDGED = "report acknowledged"
    MONEY_BLOCKED = "money blocked"
    TOLD = "told everyone"
    CLOCKS_STOPPED = "clocks stopped"


CLOCK = (CaseAction.EXTENDED, CaseAction.STOPPED, CaseAction.RESUMED, CaseAction.CALENDAR_CHANGED)
"""What changes the clock of a gate."""
