"""Terms: who decides or works at each step of a programme, by when, how often; and what releases money."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from models.base import Message, Role
from models.case.deadline import Terms
from models.case.panel import Panel
from models.study.tranche import Tranche, by_name, problem, steps


class Tier(Message):
    """Another panel, for amounts ``above`` so many minor units of the programme's currency."""

    above: int = Field(ge=1)
    panel: Panel


class GateTerms(Message):
    """A panel, its deadline, and how many rounds of revision it allows."""

    panel: Panel
    tiers: tuple[Tier, ...] = ()
    deadline: Terms
    rounds: int = Field(default=1, ge=1, le=20)
    declared: bool = False
    """Whether a vote takes a declaration of interest first."""
    attested: bool = False
    """Whether only an authenticated principal may vote; otherwise a self-declared vote counts, marked."""

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        above = [tier.above for tier in self.tiers]
        if above != sorted(set(above)):
            raise ValueError("tiers must rise: every `above` is larger than the one before")
        return self

    def panel_for(self, minor: int) -> Panel:
        """The panel that decides on an amount of ``minor`` units."""
        panels = [self.panel, *(tier.panel for tier in self.tiers if minor > tier.above)]
        return panels[-1]


class TaskTerms(Message):
    """Who does a piece of work, by when, and how often it may be done over."""

    roles: tuple[Role, ...] = Field(min_length=1)
    deadline: Terms
    rounds: int = Field(default=1, ge=1, le=20)


class TenderTerms(Message):
    """Who publishes a tender, how often it is held, and who says what follows when it keeps failing."""

    publication: TaskTerms
    rounds: int = Field(default=2, ge=1, le=10)
    task_force: GateTerms


class StudyTerms(Message):
    """Award, delivery and acceptance, and what releases which share of the money."""

    tender: TenderTerms | None = None
    """None: the tender is held elsewhere, and only its award is recorded."""
    award: TaskTerms
    delivery: TaskTerms
    acceptance: GateTerms
    tranches: Annotated[tuple[Tranche, ...], BeforeValidator(by_name)]

    @model_validator(mode="after")
    def _tranches_are_whole(self) -> Self:
        if found := problem(self.tranches):
            raise ValueError(found)
        return self

    @property
    def steps(self) -> tuple[str, ...]:
        """What is handed in and accepted, in this order."""
        return steps(self.tranches)

    @property
    def parts(self) -> tuple[str, ...]:
        """All that is accepted, or paid by a date."""
        return (*self.steps, *(tranche.name for tranche in self.tranches if tranche.days))


class PaymentTerms(Message):
    """Who asks for payments and who approves them; how long a bank may not know what it was sent."""

    request: TaskTerms
    approval: GateTerms
    """Several seats, one for each pair of eyes; tiers add more above a threshold."""
    doubt_hours: int = Field(default=72, ge=1, le=2000)

    @model_validator(mode="after")
    def _takes_two_people(self) -> Self:
        panels = [self.approval.panel, *(tier.panel for tier in self.approval.tiers)]
        for body in (body for panel in panels for body in panel.bodies):
            if len(panels[0].bodies) == 1 and body.needed(len(body.seats)) < 2:
                raise ValueError("a payment takes two approvals or more (four eyes)")
        return self


class AgreementTerms(Message):
    """Drafting, clearance and signing; a refused text goes back ``rounds`` - 1 times."""

    drafting: TaskTerms
    clearance: GateTerms
    signing: Terms
    rounds: int = Field(ge=1, le=20)
