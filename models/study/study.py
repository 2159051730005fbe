"""The feasibility study: contract, deliverables, tranches, finding."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.base import GateId, Line, Message, PersonId, Prose, Sha256
from models.case.case import Country, Ending


class Deliverable(StrEnum):
    """What a contractor hands in, in this order. Each releases a tranche when accepted."""

    INCEPTION = "inception"
    INTERIM = "interim"
    FINAL = "final"


class Finding(StrEnum):
    """What the study says. Infeasible ends the partnership; conditions block its launch."""

    FEASIBLE = "feasible"
    CONDITIONAL = "conditional"
    INFEASIBLE = "infeasible"


class Award(Message):
    """The contract for the study, with the tender it came from. The applicant is never the payee."""

    gate: GateId
    actor: PersonId
    contractor: Line
    tender: Line


class Tender(Message):
    """A call for bids: its criteria, and the paper in which the applicant agreed to them."""

    gate: GateId
    actor: PersonId
    reference: Line
    country: Country
    """Where it is published; the funding country, by the rules of tied money."""
    criteria: Sha256
    consent: Sha256


class TenderFailure(Message):
    """No bid can be awarded."""

    gate: GateId
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]


class Delivery(Message):
    """One deliverable handed in: the SHA-256 of its document; the final one carries the finding."""

    gate: GateId
    actor: PersonId
    document: Sha256
    finding: Finding | None = None
    conditions: tuple[Line, ...] = Field(default=(), max_length=20)


class Termination(Message):
    """Ends the contract for a study before its time; it takes two people."""

    gate: GateId
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]


class StudyResult(Message):
    """What the partnership needs to know of its study."""

    finding: Finding
    conditions: tuple[str, ...]
    contractor: str
    final: Sha256


class StudyOutcome(Message):
    """The result, or how the study ended without one."""

    result: StudyResult | None = None
    ending: Ending | None = None
    terminated: bool = False
    """Whether its contract ended, and another contractor may go on from where this one was."""
    accepted: tuple[str, ...] = ()
    """Parts that are accepted, or due by a date: what nobody else is paid for."""
    used: dict[str, int] = Field(default_factory=dict)
    """The last round of every gate, by its name."""


def finding_is_in_place(part: str, delivery: Delivery) -> bool:
    """Only the final deliverable has a finding, and conditions go with a conditional one."""
    if part != Deliverable.FINAL:
        return delivery.finding is None and not delivery.conditions
    conditional = delivery.finding is Finding.CONDITIONAL
    return delivery.finding is not None and conditional == bool(delivery.conditions)
