"""A cohort: officials of several countries, trained together; planned, published and carried as a case."""

from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from models.amount import Amount
from models.base import Day, GateId, Line, Message, OrganisationId, PersonId
from models.case.case import Case, CaseId, Country, Kind


class Stage(StrEnum):
    """The stages, in the order of the procedure."""

    PLANNED = "planned"
    NOMINATIONS_OPEN = "nominations_open"
    SCREENING = "screening"
    CONFIRMED = "confirmed"
    RUNNING = "running"
    COMPLETED = "completed"
    FOLLOWED_UP = "followed_up"


class Status(StrEnum):
    """How a cohort stands in its stage, and the ways it can end."""

    OPEN = "open"
    RETURNED = "returned"
    POSTPONED = "postponed"
    CLOSED = "closed"
    """It went all the way."""
    CANCELLED = "cancelled"
    MERGED = "merged"
    REJECTED = "rejected"
    LAPSED = "lapsed"


KIND = Kind(
    name="cohort",
    stages=tuple(Stage),
    open_statuses=(Status.OPEN, Status.RETURNED, Status.POSTPONED),
)
"""What a cohort is among the kinds of cases."""


class Mode(StrEnum):
    """Where the course is held."""

    INVITATIONAL = "invitational"
    REMOTE = "remote"
    MIXED = "mixed"


MOST_SEATS = 500
"""A cohort has hundreds of people, not thousands."""
MOST_NOMINEES = 2_000
"""So many officials are ranked at most."""


class Track(StrEnum):
    """What kind of course it is."""

    WEEKS = "weeks"
    """A short course."""
    DEGREE = "degree"
    """A master's course."""


class Quota(Message):
    """The seats of a country, and the authority that nominates for it."""

    country: Country
    authority: OrganisationId
    seats: int = Field(ge=0, le=500)


DocumentKind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""What a document is: ``passport``, ``health_certificate``."""


class Plan(Message):
    """What a cohort shall be. Its digest is what is published and funded."""

    case: CaseId
    programme: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    title: Line
    institute: OrganisationId
    track: Track = Track.WEEKS
    mode: Mode = Mode.INVITATIONAL
    language: str = Field(pattern=r"^[a-z]{2,3}$")
    """Of instruction, as a tag of BCP 47."""
    starts: Day
    ends: Day
    quotas: tuple[Quota, ...] = Field(min_length=1, max_length=60)
    pool: int = Field(default=0, ge=0, le=500)
    """Seats for whoever is next, whatever the country."""
    minimum: int = Field(default=1, ge=1, le=1000)
    """With fewer confirmed participants it is not held as it is."""
    documents: tuple[DocumentKind, ...] = Field(default=(), max_length=20)
    """What every nomination must bring."""
    budget: Amount
    planner: PersonId
    afterwards: bool = False
    """Whether it is put on record after it was held: its dates may be over."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.ends < self.starts:
            raise ValueError("ends: the last day is not before the first")
        countries = [quota.country for quota in self.quotas]
        if len(set(countries)) < len(countries):
            raise ValueError("quotas: every country has one quota")
        if self.seats > MOST_SEATS:
            raise ValueError(
                f"quotas and pool: {self.seats} seats are more than {MOST_SEATS}, plan two cohorts"
            )
        if self.minimum > self.seats:
            raise ValueError(f"minimum: {self.minimum} is more than the {self.seats} seats there are")
        if len(set(self.documents)) < len(self.documents):
            raise ValueError("documents: every document is asked for once")
        return self

    @property
    def seats(self) -> int:
        """All seats: those of the countries, and the pool."""
        return self.pool + sum(quota.seats for quota in self.quotas)

    def quota_of(self, country: str) -> Quota | None:
        """The quota of a country; None: it is not invited."""
        return next((quota for quota in self.quotas if quota.country == country), None)

    def country_of(self, organisation: str) -> str | None:
        """The country that an authority nominates for; None: it is none of this cohort."""
        return next((quota.country for quota in self.quotas if quota.authority == organisation), None)

    def overlaps(self, starts: date, ends: date) -> bool:
        """Whether there is a day that is in both."""
        return self.starts <= ends and starts <= self.ends

    def case_under(
        self, programme: str, version: int, rules: str, founder: str, parties: tuple[str, ...]
    ) -> Case:
        """The case that this plan makes under one version of a programme."""
        return Case(
            id=self.case,
            kind=KIND.name,
            title=self.title,
            countries=(founder, *(quota.country for quota in self.quotas)),
            parties=parties,
            programme=programme,
            version=version,
            rules=rules,
            amount=self.budget,
        )


class CohortStart(Message):
    """A cohort to be carried: its case, and its plan as it was handed in."""

    case: Case
    plan: Plan


class Replanning(Message):
    """A revised plan; it answers what was said of the one before."""

    gate: GateId
    actor: PersonId
    plan: Plan


def begins(day: date, zone: str) -> datetime:
    """The first instant of a day in ``zone``, in UTC."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
