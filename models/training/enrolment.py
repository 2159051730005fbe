"""An enrolment: one official in one cohort, from nomination to ex-post check. Pure."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.base import Message, PersonId, Prose, Sha256
from models.case.case import Country

NomineeId = Annotated[str, Field(pattern=r"^[a-z]{2}-[0-9a-f]{10}$")]
"""What stands for an official in cohorts and records. Name and papers are in the register of nominees."""


class EnrolmentState(StrEnum):
    """Where an official stands."""

    NOMINATED = "nominated"
    """Some of the documents are missing."""
    COMPLETE = "documents_complete"
    WAITLISTED = "waitlisted"
    """Found suitable; there was no seat."""
    NO_SEAT = "no_seat"
    """Found suitable; no seat was left when the course began."""
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    TRAVELLING = "visa_travel"
    """The visa is granted."""
    VISA_REFUSED = "visa_refused"
    """The seat is kept until the cut-off: for a substitute, or to take part remotely."""
    ATTENDING = "attending"
    COMPLETED = "completed"
    """The course is over; there is no certificate, or none yet."""
    CERTIFIED = "certified"
    PLAN_FILED = "action_plan_filed"
    CHECKED = "ex_post_checked"
    REJECTED = "rejected"
    DECLINED = "declined"
    LAPSED = "lapsed"
    """Nobody confirmed in time."""
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    """A substitute took the seat."""
    NO_SHOW = "no_show"
    DROPPED = "dropped"
    REVOKED = "revoked"
    """The certificate was taken back."""
    MOVED = "moved"
    """To the cohort that this one was merged into."""
    CANCELLED = "cancelled"
    """The cohort was not held."""


_S = EnrolmentState

IN_A_SEAT = frozenset(
    (
        *(_S.ACCEPTED, _S.CONFIRMED, _S.TRAVELLING, _S.VISA_REFUSED, _S.ATTENDING),
        *(_S.COMPLETED, _S.CERTIFIED, _S.PLAN_FILED, _S.CHECKED),
    )
)
"""Who takes up a seat."""

TAKES_PART = frozenset((_S.CONFIRMED, _S.TRAVELLING))
"""Who will come, as far as is known."""

BEFORE_THE_COURSE = frozenset(
    (*(_S.NOMINATED, _S.COMPLETE, _S.WAITLISTED, _S.ACCEPTED), *TAKES_PART, _S.VISA_REFUSED)
)
"""Whom a country can still withdraw; whom a cohort that is not held leaves behind."""

_NEXT: dict[EnrolmentState, frozenset[EnrolmentState]] = {
    _S.NOMINATED: frozenset((_S.COMPLETE, _S.REJECTED, _S.WITHDRAWN, _S.MOVED, _S.CANCELLED)),
    _S.COMPLETE: frozenset(
        (_S.NOMINATED, _S.WAITLISTED, _S.ACCEPTED, _S.REJECTED, _S.WITHDRAWN, _S.MOVED, _S.CANCELLED)
    ),
    _S.WAITLISTED: frozenset((_S.ACCEPTED, _S.NO_SEAT, _S.REJECTED, _S.WITHDRAWN, _S.MOVED, _S.CANCELLED)),
    _S.ACCEPTED: frozenset(
        (
            *(_S.CONFIRMED, _S.DECLINED, _S.LAPSED, _S.WITHDRAWN, _S.REPLACED),
            *(_S.REJECTED, _S.MOVED, _S.CANCELLED),
        )
    ),
    _S.CONFIRMED: frozenset(
        (
            *(_S.TRAVELLING, _S.VISA_REFUSED, _S.WITHDRAWN, _S.REPLACED, _S.ATTENDING),
            *(_S.NO_SHOW, _S.MOVED, _S.CANCELLED),
        )
    ),
    _S.TRAVELLING: frozenset(
        (_S.VISA_REFUSED, _S.WITHDRAWN, _S.REPLACED, _S.ATTENDING, _S.NO_SHOW, _S.MOVED, _S.CANCELLED)
    ),
    _S.VISA_REFUSED: frozenset(
        (_S.CONFIRMED, _S.TRAVELLING, _S.LAPSED, _S.WITHDRAWN, _S.REPLACED, _S.MOVED, _S.CANCELLED)
    ),
    _S.ATTENDING: frozenset((_S.NO_SHOW, _S.DROPPED, _S.COMPLETED, _S.CANCELLED)),
    _S.COMPLETED: frozenset((_S.CERTIFIED,)),
    _S.CERTIFIED: frozenset((_S.PLAN_FILED, _S.REVOKED)),
    _S.PLAN_FILED: frozenset((_S.CHECKED, _S.REVOKED)),
    _S.CHECKED: frozenset((_S.REVOKED,)),
}
"""Where an official can go from a state; from any other, nowhere."""


class Enrolment(Message):
    """One official in one cohort, as they stand."""

    nominee: NomineeId
    country: Country
    authority: PersonId
    """Who nominated them, and is told."""
    state: EnrolmentState
    dossier: Sha256
    """SHA-256 of the list of their documents, which is kept."""
    rank: int | None = None
    """Their place in the ranking, 1 the best; None: not ranked."""
    round: int = 0
    """In which round of confirmations they were accepted; 0: not yet."""
    remote: bool = False
    certificate: str | None = None
    """The number of their certificate."""
    nominations: int = 1
    """How often they were nominated, or more of their documents handed in."""
    withdrawals: int = 0
    changes: int = 0
    """How often something was changed."""
    reason: Prose = ""
    """Why they stand there, where somebody gave a reason."""

    @property
    def seated(self) -> bool:
        """Whether they take up a seat."""
        return self.state in IN_A_SEAT

    def may_become(self, state: EnrolmentState) -> bool:
        """Whether they can go there from where they stand."""
        return state in _NEXT.get(self.state, frozenset())
