"""The course and what follows: attendance, certificates, appeals, action plans, ex-post checks. Pure."""

from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from models.base import Day, GateId, Message, PersonId, Prose, Sha256
from models.case.case import CaseId
from models.training.enrolment import EnrolmentState, NomineeId


class Sheet(Message):
    """Who was absent on one day; everybody else was there. A later sheet replaces an earlier one."""

    case: CaseId
    actor: PersonId
    day: Day
    absent: tuple[NomineeId, ...] = Field(default=(), max_length=1000)
    revision: int = Field(default=0, ge=0, le=1000)
    """The number of the correction; 0: the first sheet of the day."""


class SheetsClosed(Message):
    """There are no more sheets to come."""

    gate: GateId
    actor: PersonId


class Mark(Message):
    """Somebody did not come, or left the course."""

    case: CaseId
    actor: PersonId
    nominee: NomineeId
    as_: Literal[EnrolmentState.NO_SHOW, EnrolmentState.DROPPED]
    reason: Annotated[Prose, Field(min_length=1)]


class Appeal(Message):
    """The nominee's side asks for a certificate that the rule did not give, or says that it will not."""

    gate: GateId
    actor: PersonId
    nominee: NomineeId
    reason: Annotated[Prose, Field(min_length=1)]
    waived: bool = False


class Revocation(Message):
    """Takes a certificate back; two coordinators say the same."""

    case: CaseId
    actor: PersonId
    nominee: NomineeId
    reason: Annotated[Prose, Field(min_length=1)]


class ActionPlan(Message):
    """What the official will do at home."""

    gate: GateId
    actor: PersonId
    nominee: NomineeId
    document: Sha256


class Finding(StrEnum):
    """What became of an action plan."""

    DONE = "done"
    UNDER_WAY = "under_way"
    NOT_DONE = "not_done"


class ExPost(Message):
    """What an official has made of the action plan, months after the course."""

    gate: GateId
    actor: PersonId
    nominee: NomineeId
    finding: Finding
    note: Prose = ""


class Attended(NamedTuple):
    """On how many of the days with a sheet somebody was there."""

    days: int
    present: int


def earns_certificate(attended: Attended, percent: int) -> bool:
    """Whether enough was attended. Where there is no sheet at all, nobody can say so: there is none."""
    return attended.days > 0 and attended.present * 100 >= attended.days * percent
