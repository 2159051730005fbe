"""What is said about nominees: nominations, rankings, confirmations, substitutes, visas."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.base import GateId, Message, PersonId, Prose, Sha256
from models.case.case import CaseId, Country
from models.training.cohort import MOST_NOMINEES, DocumentKind
from models.training.enrolment import NomineeId


class Nomination(Message):
    """A country nominates one of its officials, or hands in more documents of one that it has nominated."""

    gate: GateId
    actor: PersonId
    country: Country
    nominee: NomineeId
    dossier: Sha256
    documents: tuple[DocumentKind, ...] = Field(default=(), max_length=40)
    """Which kinds of documents the dossier has."""


class NominationsEnd(Message):
    """A country nominates nobody else."""

    gate: GateId
    actor: PersonId
    country: Country


class Unsuitable(Message):
    """A nominee who is not proposed, and why."""

    nominee: NomineeId
    reason: Annotated[Prose, Field(min_length=1)]


class Ranking(Message):
    """The order in which nominees shall get seats, the best first. The panel decides on it."""

    gate: GateId
    actor: PersonId
    ranked: tuple[NomineeId, ...] = Field(max_length=MOST_NOMINEES)
    unsuitable: tuple[Unsuitable, ...] = Field(default=(), max_length=MOST_NOMINEES)


class Response(StrEnum):
    """What the nominee's side says to an acceptance."""

    CONFIRM = "confirm"
    DECLINE = "decline"


class SeatResponse(Message):
    """The nominee's side takes the seat, or does not."""

    gate: GateId
    actor: PersonId
    nominee: NomineeId
    response: Response
    reason: Prose = ""


class NomineeWithdrawal(Message):
    """The nominee's side withdraws somebody before the course."""

    case: CaseId
    actor: PersonId
    nominee: NomineeId
    reason: Annotated[Prose, Field(min_length=1)]


class Substitution(Message):
    """Another official takes the seat of one who cannot come; authority and coordinator say the same."""

    case: CaseId
    actor: PersonId
    leaving: NomineeId
    nominee: NomineeId
    dossier: Sha256
    documents: tuple[DocumentKind, ...] = Field(default=(), max_length=40)
    reason: Annotated[Prose, Field(min_length=1)]


class VisaDecision(StrEnum):
    """What became of a visa."""

    GRANTED = "granted"
    REFUSED = "refused"


class Visa(Message):
    """What became of the visa of a confirmed participant."""

    case: CaseId
    actor: PersonId
    nominee: NomineeId
    decision: VisaDecision
    reason: Prose = ""


class RemoteSeat(Message):
    """A participant who cannot travel takes part remotely."""

    case: CaseId
    actor: PersonId
    nominee: NomineeId
    reason: Prose = ""
