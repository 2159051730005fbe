"""A partnership: one country-city cooperation from proposal to launch."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.amount import Amount, Minor
from models.base import Day, GateId, Line, Message, OrganisationId, PersonId, Prose, Sha256
from models.case.case import Case, CaseId, Country, Kind
from models.case.named import Known


class Stage(StrEnum):
    """The stages, in the order of the procedure."""

    PROPOSAL = "proposal"
    REVIEW = "review"
    FUNDING = "funding"
    STUDY = "study"
    AGREEMENT = "agreement"
    LAUNCH = "launch"


class Status(StrEnum):
    """How a case stands in its stage: two open ends, four waits, and the ways it can end."""

    OPEN = "open"
    RETURNED = "returned"
    WAITLISTED = "waitlisted"
    BLOCKED = "blocked"
    LAUNCHED = "launched"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    INFEASIBLE = "infeasible"
    ABANDONED = "abandoned"
    CANCELLED = "cancelled"


KIND = Kind(
    name="partnership",
    stages=tuple(Stage),
    open_statuses=(Status.OPEN, Status.RETURNED, Status.WAITLISTED, Status.BLOCKED),
)
"""What a partnership is among the kinds of cases."""


class Area(StrEnum):
    """The four areas of the 2019 ministerial meeting."""

    URBAN_DEVELOPMENT = "urban_development"
    SAFETY = "safety"
    TRANSPORT = "transport"
    WATER_MANAGEMENT = "water_management"


class StudyKind(StrEnum):
    """What the study money pays for."""

    MASTER_PLAN = "master_plan"
    PRE_FEASIBILITY = "pre_feasibility"
    DEMONSTRATION = "demonstration"
    """A solution shown abroad by a consortium; there is no tender, its lead is paid."""


class Consortium(Message):
    """Who carries a demonstration: the lead, the only one that is paid, and a public partner of the host."""

    lead: Line
    public_partner: Line
    labour: Minor
    """What of the money goes into labour, in minor units."""


class Proposal(Message):
    """What an applicant asks for. Its digest is what reviewers and approvers decide on."""

    case: CaseId
    programme: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    title: Line
    country: Country
    city: Line | None = None
    area: Area | None = None
    applicant: Line
    study: StudyKind
    requested: Amount
    consortium: Consortium | None = None
    """For a demonstration, and for nothing else."""
    summary: Prose = ""
    proposer: PersonId
    national_firm: bool = False
    """Whether a firm of the founding country takes part: developer, EPC, O&M, off-taker or supplier."""
    rank: int | None = Field(default=None, ge=1, le=10_000)
    """Its place in the ranking of its call, 1 the best: who has one is funded before who has none."""
    starts: Day | None = None
    ends: Day | None = None

    def organisations(self) -> tuple[str, ...]:
        """The applicant, and the lead that is paid, as they were written."""
        return (self.applicant, self.consortium.lead) if self.consortium else (self.applicant,)

    def case_under(
        self, programme: str, version: int, rules: str, founder: str, benefits: tuple[str, ...] = ()
    ) -> Case:
        """The case that this proposal makes under one version of a programme; ``benefits`` are the
        organisation that it is for, by id and name.
        """
        return Case(
            id=self.case,
            kind=KIND.name,
            title=self.title,
            countries=(founder, self.country),
            parties=tuple(dict.fromkeys((*benefits, self.applicant))),
            programme=programme,
            version=version,
            rules=rules,
            amount=self.requested,
        )

    @model_validator(mode="after")
    def _consortium_is_for_a_demonstration(self) -> Self:
        if (self.study is StudyKind.DEMONSTRATION) != (self.consortium is not None):
            raise ValueError("a demonstration has a consortium, a planning study has none")
        return self

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.starts and self.ends and self.ends <= self.starts:
            raise ValueError(f"ends ({self.ends}) must be later than starts ({self.starts})")
        return self


class Withdrawal(Message):
    """Ends the case on the wish of its proposer or a coordinator."""

    case: CaseId
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]


class Resubmission(Message):
    """The revised proposal, answering a return or a shortage of funds."""

    gate: GateId
    actor: PersonId
    proposal: Proposal
    applicant: OrganisationId | None = None
    """Who the proposal is for, by id: the services look it up. None in what is older."""

    def organisations(self) -> tuple[str, ...]:
        """The applicant, and the lead that is paid, as they were written."""
        return self.proposal.organisations()

    def identified(self, known: Mapping[str, Known]) -> Self:
        """The revision of a proposal for an organisation of the directory."""
        return self.model_copy(update={"applicant": known[self.proposal.applicant].id})


class Fulfilment(Message):
    """Evidence that one condition of a conditional finding is met."""

    gate: GateId
    actor: PersonId
    condition: Line
    evidence: Sha256


class PartnershipStart(Message):
    """The case, pinned to one version of its programme for good, and the proposal that it begins with."""

    case: Case
    proposal: Proposal
