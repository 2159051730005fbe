"""Terms of cohorts: who plans, publishes, nominates, screens, by when; what earns a certificate."""

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from models.base import Line, Message, Role
from models.case.case import Country
from models.case.deadline import Terms
from models.case.defaults import with_defaults
from models.case.rules import Rules
from models.case.terms import GateTerms, TaskTerms
from models.money.fund import Fund
from models.money.written import in_minor_units
from models.training.cohort import Plan


class CertificateTerms(Message):
    """What earns a certificate."""

    attendance_percent: int = Field(ge=1, le=100)
    """Of the days with an attendance sheet."""


class FollowUpTerms(Message):
    """What is asked for after the course."""

    plan: Terms
    """How soon after the course an action plan is due."""
    check_after_days: int = Field(ge=1, le=1500)
    """Calendar days after the last day, when it is looked at what became of the plan."""
    check: Terms


class CohortTerms(Rules):
    """What a cohort needs of its programme."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    founder: Country
    """The country that invites, whose holidays count."""
    countries: tuple[Country, ...] = ()
    """Whose officials can be invited; empty means all."""
    sleeve: str
    """The level of the fund that cohorts are paid from."""
    nominators: tuple[Role, ...] = Field(min_length=1)
    """Roles that speak for the authorities of the invited countries."""
    institutes: tuple[Role, ...] = Field(min_length=1)
    """Roles that hand in attendance."""
    publication: GateTerms
    """Who publishes a plan: somebody else than its planner."""
    revision: Terms
    funding: GateTerms
    nomination: Terms
    """How long countries nominate."""
    ranking: TaskTerms
    screening: GateTerms
    confirmation: Terms
    """How soon the nominee's side takes a seat."""
    cut_off_days: int = Field(ge=0, le=365)
    """Calendar days before the first day, when the list of participants is closed."""
    minimum: Terms
    """How soon coordinators say what becomes of a cohort that has too few."""
    attendance: Terms
    """How soon after the last day its sheets are there."""
    certificate: CertificateTerms
    appeal: GateTerms
    """Its deadline is also that for appealing."""
    follow_up: FollowUpTerms
    costs: Terms | None = None
    """How soon after the certificates two coordinators settle the costs; None: as for action plans."""

    def refuses(self, plan: Plan) -> str | None:
        """What of the plan does not fit this programme, or None."""
        if plan.programme != self.id:
            return f"It is a plan of {plan.programme}."
        invited = [quota.country for quota in plan.quotas]
        if others := [country for country in invited if self.countries and country not in self.countries]:
            return f"quotas: {others[0]} is not one of the countries of {self.id}."
        if self.founder in invited:
            return f"quotas: {self.founder} invites, and is not invited."
        return None


class TrainingProgramme(CohortTerms):
    """The file of a training programme. Unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    kind: Literal["training"]
    version: int = Field(ge=1, le=1_000_000)
    title: Line
    fund: Fund

    @model_validator(mode="before")
    @classmethod
    def _as_people_write_it(cls, given: Any) -> Any:
        """``[defaults]`` is written out; sums may be written with their currency, that of the fund."""
        given = with_defaults(given)
        fund = given.get("fund") if isinstance(given, dict) else None
        return in_minor_units(given, fund.get("currency")) if isinstance(fund, dict) else given

    @model_validator(mode="after")
    def _money_fits(self) -> Self:
        if self.sleeve not in {placed.part.id for placed in self.fund.levels() if not placed.part.parts}:
            raise ValueError(f"sleeve {self.sleeve!r} is not one of the fund {self.fund.id}")
        return self

    def content(self) -> dict[str, Any]:
        """What the file says, without what today's code adds: a new field changes no digest."""
        return self.model_dump(mode="json", exclude_unset=True)

    def in_full(self) -> dict[str, Any]:
        """All that holds, defaults included: what it is first, then the rest."""
        said = self.model_dump(mode="json")
        return {name: said[name] for name in ("id", "version", "title")} | said
