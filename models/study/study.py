"""The feasibility study: contract, deliverables, tranches, finding."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field

from models.amount import Amount
from models.base import GateId, Line, Message, OrganisationId, PersonId, Prose, Sha256
from models.case.case import Case, Country, Kind
from models.case.named import Known

KIND = Kind(name="study", stages=("study",))
"""What a study is among the kinds of cases."""


class StudyStart(Message):
    """The commitment that pays for a study, and what it may be paid for."""

    case: Case
    commitment: Amount
    """What all tranches are together."""
    reservation: str
    parts: tuple[str, ...]
    """What is still to be accepted, or paid."""
    used: dict[str, int] = Field(default_factory=dict)
    """Rounds that an earlier contract has used up, by the name of the gate."""
    what: str
    """Which kind of study."""
    proposer: PersonId
    lead: str | None = None
    """The lead of the consortium, the only one that is paid; None: a tender finds the contractor."""


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
    """For display; ..."""
    tender: Line
    organisation: OrganisationId | None = None
    """... who is meant, by id: the services look it up. None in what is older."""

    @property
    def payee(self) -> str:
        """Who is paid: the id, or the name where there is none."""
        return self.organisation or self.contractor

    def organisations(self) -> tuple[str, ...]:
        """The contractor, as it was written."""
        return (self.contractor,)

    def identified(self, known: Mapping[str, Known]) -> Self:
        """The award to an organisation of the directory, under the name that it has there."""
        found = known[self.contractor]
        return self.model_copy(update={"contractor": found.name, "organisation": found.id})


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
    """The result, or that the contract ended without one."""

    result: StudyResult | None = None
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
